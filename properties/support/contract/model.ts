/**
 * The store as plainly as it can be said: maps, the lifecycle's table, and `decide`. Ids are the store's to choose, as
 * long as they grow; everything else follows. Every verb answers what the store should.
 */
import { decide, type Ending, type Limits, type Next } from '../../../src/model/ending.ts'
import type { Fence, JobId, LifeId, RunId } from '../../../src/model/ids.ts'
import { isFinal, isTransition, type JobStatus } from '../../../src/model/lifecycle.ts'
import { isImpossibleQueued } from '../../../src/model/ownership.ts'
import type { Exit, ProcessIdentity } from '../../../src/ports/index.ts'
import type {
  CancelResult,
  DeleteResult,
  Job,
  JobSpec,
  Options,
  Removable,
  Run,
  Running,
} from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'
import { ModelLives } from './modelLives.ts'
import { jobOf, type ModelRun, runOf, type Writable } from './modelRows.ts'

/** What names a claim: of the job `id`, with this fence. */
export interface Named {
  readonly id: JobId
  readonly fence: Fence | null
}

export class StoreModel {
  readonly jobs = new Map<JobId, Writable<Job>>()
  readonly runs = new Map<Fence, ModelRun>()
  readonly lives = new ModelLives()
  /** Jobs that somebody wants gone. */
  readonly deletions = new Set<JobId>()
  private readonly highest = { job: 0, run: 0 }
  private readonly options: Options
  private readonly limits: Limits

  constructor(options: Options) {
    this.options = options
    this.limits = { transient: options.transientMax, launch: options.launchFailuresMax, lost: options.lostRunsMax }
  }

  submit(id: JobId, spec: JobSpec, nowMs: number): void {
    this.grow('job', id)
    this.jobs.set(id, jobOf(id, spec, nowMs))
  }

  cancel(id: JobId, nowMs: number): CancelResult {
    const job = this.jobs.get(id)
    if (job === undefined) return 'unknown'
    if (isFinal(job.status)) return 'finished'
    if (job.status === 'running') {
      job.cancel_requested_at ??= nowMs
      return 'cancelling'
    }
    this.move(job, 'cancelled')
    Object.assign(job, { run_id: null, pid: null, started_at: null, finished_at: nowMs })
    return 'cancelled'
  }

  delete(id: JobId, nowMs: number): DeleteResult {
    const cancelled = this.cancel(id, nowMs)
    if (cancelled === 'unknown') return 'unknown'
    this.deletions.add(id)
    return cancelled === 'cancelling' ? 'deleting' : 'deleted'
  }

  removable(): Removable[] {
    return [...this.jobs.values()]
      .filter(({ id, status }) => this.deletions.has(id) && isFinal(status))
      .map(({ id }) => ({ id, runs: this.runsOf(id).map((run) => run.id) }))
  }

  remove(id: JobId): boolean {
    if (!this.removable().some((removable) => removable.id === id)) return false
    for (const run of this.runsOf(id)) this.runs.delete(run.id as number as Fence)
    this.deletions.delete(id)
    return this.jobs.delete(id)
  }

  listed(status: JobStatus | undefined, limit: number): Job[] {
    const gone = this.removable().map(({ id }) => id)
    return [...this.jobs.values()]
      .filter((job) => !gone.includes(job.id) && (status === undefined || job.status === status))
      .toSorted((a, b) => b.id - a.id)
      .slice(0, limit)
  }

  runsOf(id: JobId): Run[] {
    return [...this.runs.values()].map(({ row }) => row).filter(({ job_id }) => job_id === id)
  }

  /** Which job a claim of this life, by a server with handlers for these tasks, would get. */
  claimable(life: LifeId, tasks: readonly string[], nowMs: number): JobId | undefined | 'ended' {
    const { maxConcurrency, serialGate } = this.options
    if (this.with('running').length >= maxConcurrency) return undefined
    const behind = (job: Job) =>
      [...this.jobs.values()].some(({ id, repo, status }) => repo === job.repo && id < job.id && !isFinal(status))
    const [first] = this.with('queued')
      .filter(({ task }) => task === null || tasks.includes(task))
      .filter((job) => (job.available_at ?? 0) <= nowMs && !(serialGate && behind(job)))
      .toSorted((a, b) => a.priority - b.priority || a.id - b.id)
    return first !== undefined && !this.lives.isOpen(life) ? 'ended' : first?.id
  }

  claim(id: JobId, fence: Fence, token: string, lifeId: LifeId, nowMs: number): void {
    this.grow('run', fence)
    const job = this.jobs.get(id)!
    this.move(job, 'running')
    const attempts = job.attempts + 1
    Object.assign(job, {
      fence,
      life_id: lifeId,
      started_at: nowMs,
      attempts,
      run_id: null,
      pid: null,
      available_at: null,
    })
    this.runs.set(fence, { token, lifeId, startTime: null, row: runOf(fence as number as RunId, job, nowMs) })
  }

  stamp(claim: Named, process: ProcessIdentity | undefined): boolean {
    const job = this.held(claim)
    if (job === undefined || job.run_id !== null) return false
    const { pid, startTime } = process ?? { pid: null, startTime: null }
    job.run_id = claim.fence as RunId
    job.pid = pid
    const run = this.runs.get(claim.fence!)!
    if (run.row.phase !== 'starting') return true
    run.startTime = startTime
    Object.assign(run.row, { phase: 'running', pid })
    return true
  }

  recordExit({ fence }: Named, { code, signal }: Exit, nowMs: number): boolean {
    const run = this.runs.get(fence!)
    if (run === undefined || run.row.finished_at !== null) return false
    Object.assign(run.row, { phase: 'exited', exit_code: code, signal, finished_at: nowMs })
    return true
  }

  end(claim: Named, ending: Ending, nowMs: number): JobStatus | undefined {
    const job = this.held(claim)
    if (job === undefined) return undefined
    const next = decide(job, ending, this.limits)
    this.move(job, next.status)
    Object.assign(job, next.tries, { error: next.error }, after(next, nowMs))
    const { row } = this.runs.get(claim.fence!)!
    row.finished_at ??= nowMs
    const outcome = next.status === 'queued' ? ending.kind : next.status
    Object.assign(row, { phase: 'finished', outcome, error: next.error })
    return next.status
  }

  reap(found: Named, reason: string, ending: Ending, nowMs: number): JobStatus | undefined {
    const isRecorded = (this.runs.get(found.fence!)?.row.finished_at ?? null) !== null
    return reason === 'dead' && isRecorded ? undefined : this.end(found, ending, nowMs)
  }

  requeueRunning(orphans: readonly Named[], nowMs: number): number {
    const lost: Ending = { kind: 'lost', error: 'its server is gone' }
    return orphans.filter((orphan) => this.end(orphan, lost, nowMs) !== undefined).length
  }

  sanitize(): JobId[] {
    const healed = this.impossible()
    for (const { id } of healed) Object.assign(this.jobs.get(id)!, { run_id: null, pid: null, started_at: null })
    return healed.map(({ id }) => id)
  }

  impossible(): Job[] {
    return [...this.jobs.values()].filter(isImpossibleQueued)
  }

  /** The job with its present run and life, as a survey shows it. */
  watched({ id, fence, task, pid, started_at, life_id, transient_delay_ms }: Job): Running {
    const { token, startTime, row, lifeId } = this.runs.get(fence!)!
    return {
      ...{ id, fence, task, pid, started_at, life_id, transient_delay_ms, token },
      start_time: startTime,
      run_finished_at: row.finished_at,
      exit_code: row.exit_code,
      signal: row.signal,
      life_token: this.lives.tokenOf(lifeId),
      boot_id: server.bootId,
      pid_namespace: server.pidNamespace,
    }
  }

  with(status: JobStatus): Job[] {
    return [...this.jobs.values()].filter((job) => job.status === status)
  }

  /** The job, if this claim still holds it. */
  held({ id, fence }: Named): Writable<Job> | undefined {
    const job = this.jobs.get(id)
    return job?.status === 'running' && job.fence === fence ? job : undefined
  }

  /** Not even the ids of rows that were removed come back. */
  private grow(what: 'job' | 'run', id: number): void {
    if (id <= this.highest[what]) throw new Error(`${what} ${id}: ids must grow`)
    this.highest[what] = id
  }

  private move(job: Writable<Job>, to: JobStatus): void {
    if (!isTransition(job.status, to)) throw new Error(`job ${job.id}: ${job.status} → ${to} is not in the table`)
    job.status = to
  }
}

function after(next: Next, nowMs: number): Partial<Job> {
  if (next.status !== 'queued') return { finished_at: nowMs }
  const available_at = next.delayMs === undefined ? null : nowMs + next.delayMs
  return { run_id: null, pid: null, started_at: null, finished_at: null, life_id: null, available_at }
}
