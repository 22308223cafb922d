/** What doctor checks first: that this machine can play runs at all. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { fromMacrotask } from '../explore/index.ts'
import { AmbientError, guarded } from '../sim/index.ts'

const NODE_MIN = [22, 18] as const

/** What was found in order, in a few words, and perhaps more on further lines; throws what was not. */
export type Check = () => Promise<string>

/** A check that has more to show than a sentence. */
export class Failed extends Error {
  readonly details: readonly string[]
  constructor(message: string, details: readonly string[]) {
    super(message)
    this.name = 'Failed'
    this.details = details
  }
}

export async function nodeIsRecent(): Promise<string> {
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return process.version
  throw new Error(`this is ${process.version}, and ${NODE_MIN.join('.')} or later is needed`)
}

export async function promisesSettle(): Promise<string> {
  await fromMacrotask(() => undefined)
  return 'between two steps'
}

/** What a run must not reach, each by a function that systems really call. */
const ambient: Readonly<Record<string, () => unknown>> = {
  'the clock': () => Date.now(),
  'the date': () => new Date(),
  'the timer': () => setTimeout(() => undefined, 0),
  'the stopwatch': () => performance.now(),
  randomness: () => Math.random(),
  'cryptographic randomness': () => randomUUID(),
  'the files': () => readFileSync(fileURLToPath(import.meta.url)),
  'other processes': () => spawn(process.execPath, ['--version']),
  'the network': () => createServer(),
}

export async function guardIsUp(): Promise<string> {
  for (const [what, touch] of Object.entries(ambient)) {
    let caught: unknown
    guarded(
      () => {
        try {
          touch()
        } catch (error) {
          caught = error
        }
      },
      () => undefined,
    )
    if (!(caught instanceof AmbientError)) throw new Error(`a run could reach ${what} unnoticed`)
  }
  return `${Object.keys(ambient).length} ways out are closed`
}
