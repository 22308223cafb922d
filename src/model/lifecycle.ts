/**
 * The lifecycle of a job, as one table: the store moves rows along it, the invariants hold committed rows against it, and
 * docs/orchestrator.md shows it. Whatever ends a claim releases the triple (run_id, pid, started_at) when the job goes
 * back to the queue, and keeps it when the job is finished.
 */
export const jobStatuses = ['queued', 'running', 'done', 'failed', 'cancelled'] as const
export type JobStatus = (typeof jobStatuses)[number]
export type FinalStatus = 'done' | 'failed' | 'cancelled'

export interface Transition {
  readonly from: JobStatus
  readonly to: JobStatus
  readonly when: string
}

export const transitions: readonly Transition[] = [
  { from: 'queued', to: 'running', when: 'a scheduler claims it: a new run, a new fence, one more attempt' },
  { from: 'queued', to: 'cancelled', when: 'it is cancelled before it starts' },
  { from: 'running', to: 'done', when: 'its run ended well' },
  { from: 'running', to: 'failed', when: 'its run ended badly and no attempt is left, or trying again cannot help' },
  { from: 'running', to: 'cancelled', when: 'its run ended, however, after a cancel was accepted' },
  {
    from: 'running',
    to: 'queued',
    when: 'its run ended badly, was never launched, or was lost, and may be tried again',
  },
]

/**
 * Where a run stands. `exited`: its outcome is on record, its job not yet ended. `waiting`: its job has ended; its
 * container is kept for those who still look at it, or is being removed.
 */
export const runPhases = ['starting', 'running', 'exited', 'waiting', 'finished'] as const
export type RunPhase = (typeof runPhases)[number]

export function isFinal(status: string): status is FinalStatus {
  return status === 'done' || status === 'failed' || status === 'cancelled'
}

export function isTransition(from: string, to: string): boolean {
  return transitions.some((transition) => transition.from === from && transition.to === to)
}
