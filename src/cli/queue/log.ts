/** What one run has written. */
import { readFile } from 'node:fs/promises'
import type { JobView, Queue, RunView } from '../../library/index.ts'
import { note } from '../terminal.ts'
import { printable } from './jobWords.ts'
import { Tail } from './tail.ts'

export async function copyLog(queue: Queue, run: RunView): Promise<void> {
  await new Tail(queue.outputOf(run.id)).copy()
  sayWhyNotStarted(run)
}

/** A run without a process has written nothing: its error is all that there is. */
export function sayWhyNotStarted({ pid, error }: RunView): void {
  if (pid === null && error !== null) note(printable(error))
}

/** `run` counts the job's runs from 1; null before the first. */
export async function logJson(queue: Queue, { id, status }: JobView, nth: number, run: RunView | undefined) {
  if (run === undefined) return { id, status, run: null, output: '' }
  const { attempt, phase, pid, startedAt, finishedAt, exitCode, signal, outcome, error } = run
  const output = await textAt(queue.outputOf(run.id))
  return { id, status, run: nth, attempt, phase, pid, startedAt, finishedAt, exitCode, signal, outcome, error, output }
}

async function textAt(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
