/** Work that a program carries out itself: a handler per task, and what it may throw. */
import type { JobId } from '../model/ids.ts'

/** A job as its handler sees it. */
export interface TaskJob {
  readonly id: JobId
  readonly task: string
  /** As it was submitted. */
  readonly payload: unknown
  /** Counts from 1; an attempt that was given back is counted again. */
  readonly attempt: number
  /** Names this run, and no other ever. */
  readonly token: string
}

export interface TaskContext {
  /** Aborted when the job is cancelled, the server stops, or the run has been given up. */
  readonly signal: AbortSignal
}

/**
 * Carries a task out. When it returns, the job is done. Whatever it throws is a failure, after which the job is tried
 * again while attempts are left, but for the two errors below. It should end soon after its signal: after `killGraceMs`
 * nobody waits for it any more, and what it still does counts for nothing.
 */
export type Handler = (job: TaskJob, context: TaskContext) => unknown

export type Handlers = Readonly<Record<string, Handler>>

/** A hundred years. */
const AFTER_MS_MAX = 3_155_760_000_000

/** Thrown by a handler: this will pass. The attempt is given back, and the job is tried again after a while. */
export class RetryableError extends Error {
  readonly afterMs: number | undefined
  /** `afterMs`: instead of the job's delay or the back-off. */
  constructor(message: string, { afterMs }: { readonly afterMs?: number } = {}) {
    super(message)
    this.name = 'RetryableError'
    if (afterMs !== undefined && !(afterMs >= 0 && afterMs <= AFTER_MS_MAX))
      throw new RangeError(`afterMs must be a number from 0 to ${AFTER_MS_MAX}, not ${afterMs}`)
    this.afterMs = afterMs
  }
}

/** Thrown by a handler: trying again cannot help. The job has failed. */
export class NonRetryableError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NonRetryableError'
  }
}
