/** What one run has written. */
import { readFile } from 'node:fs/promises'
import type { JobView, Queue, RunView } from '../../library/index.ts'
import { note } from '../terminal.ts'
import { printable } from './jobWords.ts'
import { Tail } from './tail.ts'

export async function copyLog(queue: Queue, run: RunView): Promise<void> {
  if (!hasNotStarted(run)) await new Tail(queue.outputOf(run.id)).copy()
  sayWhyNotStarted(run)
}

/** Its container may be kept for a while, but writes nothing any more. */
export function hasEnded({ phase }: RunView): boolean {
  return phase === 'finished' || phase === 'waiting'
}

/** A run that has ended without a process or container has written nothing: what is where its output would be is not its own. */
export function hasNotStarted(run: RunView): boolean {
  return hasEnded(run) && run.pid === null && run.container === null
}

/** Its error is all that there is. */
export function sayWhyNotStarted(run: RunView): void {
  if (hasNotStarted(run) && run.error !== null) note(printable(run.error))
}

/** `run` counts the job's runs from 1; null before the first. */
export async function logJson(queue: Queue, { id, status, image }: JobView, nth: number, run: RunView | undefined) {
  if (run === undefined) return { id, status, image, run: null, output: '' }
  const { id: number, ...more } = run
  return {
    id,
    status,
    image,
    run: nth,
    ...more,
    output: hasNotStarted(run) ? '' : await textAt(queue.outputOf(number)),
  }
}

async function textAt(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
