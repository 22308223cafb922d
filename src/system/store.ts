/**
 * The whole contract of the store on one page. Each verb is one transaction, takes `nowMs` (wall time) where it writes
 * one, and says what it changed. Verbs that end a claim are guarded by id, fence, life and status: a stale owner's write
 * touches nothing and says so.
 *
 * Published names: claim_next_job = claimNextJob, mark_job('queued') = requeueJob, mark_job_transient = requeueTransient,
 * mark_job(done | failed) = finishJob, reap_running_job = reapJob, requeue_running_jobs = requeueRunningJobs,
 * find_/sanitize_impossible_queued = find-/sanitizeImpossibleQueued.
 */

import type { CancelResult } from '../model/cancel.ts'
import type { Ending } from '../model/ending.ts'
import type { ContainerId, Fence, JobId, LifeId, RunId } from '../model/ids.ts'
import type { JobStatus } from '../model/lifecycle.ts'
import type { ProcessIdentity } from '../ports/index.ts'
import type { Claim, Held, Job, JobSpec, OpenLife, OwnLife, Run, Running, WaitingRun } from './job.ts'
import type { Outcome } from './outcome.ts'

/** Where a job went when its claim ended; undefined: the claim was no longer ours, nothing was written. */
export type Ended = JobStatus | undefined

/** `deleting`: it is not finished; it is being cancelled and goes when it has ended. */
export type DeleteResult = 'deleted' | 'deleting' | 'unknown'

/** A finished job that somebody wants gone, with the runs whose directories go first. */
export interface Removable {
  readonly id: JobId
  readonly runs: readonly RunId[]
  /** The directory that its runs had in common, perhaps with those of other jobs. */
  readonly mount: string | null
}

/** What was started for a run: how it is found again. */
export type Mark =
  | Pick<ProcessIdentity, 'pid' | 'startTime'>
  | { readonly container: ContainerId }
  /** A handler of this program. */
  | undefined

export type RelaunchResult = JobId | 'unfinished' | 'unknown'

/** Why a job has no server any more; that its server is gone, if nothing else is said. */
export type Orphaned = Ending & { readonly kind: 'lost' | 'stopped' }

/** Which tier of the reaper asks, and hence what must still be true for it to win. */
export interface Reap {
  readonly reason: 'dead' | 'exited' | 'aged'
  readonly ending: Ending
  /** Of an end that nobody has recorded yet, which goes on record with it. */
  readonly outcome?: Outcome
  /** Asked when it is carried out: does whoever owns the claim know its end by now? Then it is left to him. */
  readonly isOvertaken?: () => boolean
}

export type Server = Omit<ProcessIdentity, 'token'>

export interface Impossible {
  readonly id: JobId
  readonly run_id: number | null
  readonly pid: number | null
  readonly started_at: number | null
}

export interface Survey {
  /** What runs under this life. */
  readonly running: readonly Running[]
  /** Running jobs whose life has ended, or that an old database left without one. */
  readonly orphans: readonly Running[]
  readonly otherLives: readonly OpenLife[]
  /** Runs that wait under this life, or under one that has ended. */
  readonly waiting: readonly WaitingRun[]
  /** Did anybody ever ask for a container? */
  readonly usesContainers: boolean
  readonly impossibleQueued: number
}

export interface Store {
  // What is asked for
  submitJob(spec: JobSpec, nowMs: number): Promise<JobId>
  cancelJob(id: JobId, nowMs: number): Promise<CancelResult>
  /** A new job for the same work, which goes on where the last run of that one has stopped. */
  relaunchJob(id: JobId, nowMs: number): Promise<RelaunchResult>
  /** Cancels it where it is not finished, and has it removed when it is. */
  deleteJob(id: JobId, nowMs: number): Promise<DeleteResult>

  // What people look at
  job(id: JobId): Promise<Job | undefined>
  /** The latest first; without finished jobs that are to be deleted. */
  jobs(filter: { readonly status?: JobStatus | undefined; readonly limit: number }): Promise<readonly Job[]>
  /** In the order of the attempts. */
  runsOf(id: JobId): Promise<readonly Run[]>
  counts(): Promise<Record<JobStatus, number>>
  /** How many runs have ended whose containers are not gone. */
  countWaiting(): Promise<number>
  openLives(): Promise<readonly OpenLife[]>

  // Server lives and their leases
  /**
   * `name` becomes part of the life's token: installation/life. Where other open lives and this one do not suffer each
   * other, none is opened and they are returned.
   */
  openLife(
    server: Server,
    name: string,
    shared: boolean,
    nowMs: number,
  ): Promise<OwnLife | { rivals: readonly OpenLife[] }>
  /** Renews the lease; false: somebody has given this life up. */
  beat(life: LifeId): Promise<boolean>
  endLife(life: LifeId, nowMs: number): Promise<boolean>

  // One claim, from the queue to its end
  /**
   * 'ended': this life was given up and may not claim any more. `newName` names the run: installation/life/run. Of the
   * tasks, only those with these names are claimed.
   */
  claimNextJob(
    life: OwnLife,
    newName: () => string,
    tasks: readonly string[],
    nowMs: number,
  ): Promise<Claim | undefined | 'ended'>
  /** Publishes the run, and its process if it has one, on the job: once per claim. */
  stampRun(claim: Claim, mark: Mark): Promise<boolean>
  /** First of two steps at the end of a run: that it exited is a fact of its own. */
  recordExit(held: Held, outcome: Outcome, nowMs: number): Promise<boolean>
  finishJob(claim: Claim, ending: Ending & { kind: 'success' | 'permanent' }, nowMs: number): Promise<Ended>
  requeueJob(
    claim: Claim,
    ending: Ending & { kind: 'failure' | 'launch' | 'taken' | 'exhausted' },
    nowMs: number,
  ): Promise<Ended>
  requeueTransient(claim: Claim, ending: Ending & { kind: 'transient' }, nowMs: number): Promise<Ended>
  /** The container of a run that waited is gone. */
  closeRun(run: RunId): Promise<boolean>
  /** What the owner of these runs has not heard of: cancels, and that nobody wants to wait any more. */
  cancelRequests(life: LifeId): Promise<readonly { id: JobId; fence: Fence }[]>

  // What others do for a claim whose owner cannot
  /** All that a supervising round looks at, in one read. */
  survey(life: LifeId): Promise<Survey>
  reapJob(found: Running, reap: Reap, nowMs: number): Promise<Ended>
  /** The token with which those of all processes of this installation begin. */
  installation(): Promise<string>
  /** Of these tokens, those of runs of this database that are finished or removed, or whose life has ended. */
  runsOver(tokens: readonly string[]): Promise<readonly string[]>
  /** The same for the tokens of containers, which outlive their server: those that somebody may adopt are not over. */
  containersOver(tokens: readonly string[]): Promise<readonly string[]>
  /** Takes an orphan over, for this life; undefined: somebody else has, or has given it back. */
  adoptRun(orphan: Running, life: LifeId): Promise<Claim | undefined>
  /** Of these runs, those that the database does not know, or knows no more. */
  unknownRuns(runs: readonly RunId[]): Promise<readonly RunId[]>
  /** The same for the directories that runs have in common. */
  unknownMounts(mounts: readonly string[]): Promise<readonly string[]>
  /** Gives these orphans back to the queue; returns how many it was that did. */
  requeueRunningJobs(orphans: readonly Running[], nowMs: number, ending?: Orphaned): Promise<number>
  /** Finished jobs behind this one whose deletion was asked for, by id. */
  removableJobs(after: JobId | 0, limit: number): Promise<readonly Removable[]>
  /** This one, if it is such a job. */
  removableJob(id: JobId): Promise<Removable | undefined>
  /** Deletes the rows of such a job; false: somebody else has. */
  removeJob(id: JobId): Promise<boolean>
  findImpossibleQueued(): Promise<readonly Impossible[]>
  /** Clears the triple of impossible queued rows, and nothing else; returns what it healed. */
  sanitizeImpossibleQueued(): Promise<readonly JobId[]>
}
