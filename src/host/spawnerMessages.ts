/** What the orchestrator's process and the one that spawns for it say to each other. */
import type { Pid } from '../model/ids.ts'
import type { Exit, SpawnSpec } from '../ports/index.ts'
import type { Reading } from './processRecord.ts'

/** Given to the spawning process as its only argument, in JSON. */
export interface SpawnerSettings {
  /** The pid of the process that it works for. */
  readonly client: number
  readonly reading: Reading
  /** What a run may write to its output. */
  readonly outputBytesMax: number
}

export interface Launch {
  readonly spec: SpawnSpec
  /** The run's own directory, which is made, and the file in it for the output. */
  readonly home: string
  readonly output: string
}

export interface LaunchRequest extends Launch {
  /** Never used again for another one. */
  readonly id: number
}

/** One of the first two answers a request; `ended` follows some time after `started`, and never comes before it. */
export type LaunchNotice =
  | { readonly kind: 'started'; readonly id: number; readonly pid: Pid; readonly startTime: number }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: LaunchFailure }
  | { readonly kind: 'ended'; readonly id: number; readonly exit: Exit }

/** A SpawnError in a message. */
export interface LaunchFailure {
  readonly code: string
  readonly message: string
  readonly permanent: boolean
}
