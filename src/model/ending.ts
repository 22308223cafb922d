/**
 * What the end of a run means for its job: pure, so that the store decides inside the transaction that reads the row.
 * Launch errors, transient errors and lost runs give the attempt back and count against limits of their own.
 */
import type { FinalStatus } from './lifecycle.ts'

/** Why a run ended. */
export type Ending =
  | { readonly kind: 'success' }
  /** It ran and failed; it may be tried again while attempts are left. */
  | { readonly kind: 'failure'; readonly error: string }
  /** It failed in a way in which trying again cannot help. */
  | { readonly kind: 'permanent'; readonly error: string }
  /** It failed for a reason that will pass; `delayMs` overrides the back-off. */
  | { readonly kind: 'transient'; readonly error: string; readonly delayMs?: number | undefined }
  /** Its process was never started, or could not be recorded. */
  | { readonly kind: 'launch'; readonly error: string }
  /** Something that is not of this run had the name of its directory, and was left alone. */
  | { readonly kind: 'taken'; readonly error: string }
  /** The machine could not start anything just now: it was not about this job. `delayMs`: tried again no sooner. */
  | { readonly kind: 'exhausted'; readonly error: string; readonly delayMs?: number | undefined }
  /** Its server was told to stop, and ended it for that. */
  | { readonly kind: 'stopped'; readonly error: string }
  /** The server that ran it is gone. */
  | { readonly kind: 'lost'; readonly error: string }

/** What the decision needs to know of the job. */
export interface Tries {
  readonly attempts: number
  readonly max_attempts: number
  readonly transient_attempts: number
  readonly launch_failures: number
  readonly lost_runs: number
  readonly cancel_requested_at: number | null
}

export interface Limits {
  readonly transient: number
  readonly launch: number
  readonly lost: number
}

export type Next =
  | { readonly status: FinalStatus; readonly error: string | null; readonly tries: Counters }
  | {
      readonly status: 'queued'
      readonly error: string
      readonly tries: Counters
      readonly delayMs: number | undefined
    }

/** The counters as they will be. */
export interface Counters {
  readonly attempts: number
  readonly transient_attempts: number
  readonly launch_failures: number
  readonly lost_runs: number
}

const BACKOFF_MS = 10_000
const BACKOFF_MAX_MS = 600_000

/** min(2ⁿ · 10 s, 600 s) after n earlier transient failures. */
export function backoffMs(earlier: number): number {
  return Math.min(2 ** earlier * BACKOFF_MS, BACKOFF_MAX_MS)
}

export function decide(job: Tries, ending: Ending, limits: Limits): Next {
  const { attempts, transient_attempts, launch_failures, lost_runs } = job
  const tries: Counters = { attempts, transient_attempts, launch_failures, lost_runs }
  const error = ending.kind === 'success' ? null : ending.error
  // An accepted cancel wins over every outcome: it never ends in done, nor in another try.
  if (job.cancel_requested_at !== null) return { status: 'cancelled', error, tries }
  switch (ending.kind) {
    case 'success':
      return { status: 'done', error: null, tries }
    case 'permanent':
      return { status: 'failed', error, tries }
    case 'failure':
      return attempts < job.max_attempts ? again(ending.error, tries) : { status: 'failed', error, tries }
    case 'transient': {
      const counted = { ...tries, attempts: attempts - 1, transient_attempts: transient_attempts + 1 }
      const delayMs = ending.delayMs ?? backoffMs(transient_attempts)
      return counted.transient_attempts < limits.transient
        ? again(ending.error, counted, delayMs)
        : { status: 'failed', error, tries: counted }
    }
    case 'launch':
    case 'taken': {
      const counted = { ...tries, attempts: attempts - 1, launch_failures: launch_failures + 1 }
      return counted.launch_failures < limits.launch
        ? again(ending.error, counted)
        : { status: 'failed', error, tries: counted }
    }
    case 'exhausted':
      return again(ending.error, { ...tries, attempts: attempts - 1 }, ending.delayMs)
    case 'stopped':
      return again(ending.error, { ...tries, attempts: attempts - 1 })
    case 'lost': {
      const counted = { ...tries, attempts: attempts - 1, lost_runs: lost_runs + 1 }
      return counted.lost_runs < limits.lost
        ? again(ending.error, counted)
        : { status: 'failed', error, tries: counted }
    }
  }
}

function again(error: string, tries: Counters, delayMs?: number): Next {
  return { status: 'queued', error, tries, delayMs }
}
