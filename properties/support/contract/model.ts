/**
 * The store as plainly as it can be said: maps, the lifecycle's table, and `decide`. Ids and mounts are the store's to
 * choose, as long as they are new; everything else follows. Every verb answers what the store should.
 */
import { decide, type Ending, type Limits, type Next } from '../../../src/model/ending.ts'
import type { Fence, JobId, LifeId, RunId } from '../../../src/model/ids.ts'
import { isFinal, isTransition, type JobStatus } from '../../../src/model/lifecycle.ts'
import { isImpossibleQueued } from '../../../src/model/ownership.ts'
import type {
  CancelResult,
  DeleteResult,
  Job,
  JobSpec,
  Mark,
  Options,
  Outcome,
  Removable,
  Run,
} from '../../../src/system/index.ts'
import { ModelLives } from './modelLives.ts'
import { jobOf, type ModelRun, relaunchOf, runOf, type Writable } from './modelRows.ts'

/** What names a claim: of the job `id`, with this fence, under this life. */
export interface Named {
  readonly id: JobId
  readonly fence: Fence | null
  readonly life_id: LifeId | null
}

export class StoreModel {
  readonly jobs = new Map<JobId, Writable<Job>>()
  readonly runs = new Map<Fence, ModelRun>()
  readonly lives = new ModelLives()
  /** Jobs that somebody wants gone. */
  readonly deletions = new Set<JobId>()
  /** Runs whose directory is not theirs. */
  readonly taken = new Set<RunId>()
  readonly mounts = new Set<string>()
  readonly highest = { job: 0, run: 0 }
  private readonly options: Options
  private readonly limits: Limits

  constructor(options: Options) {
    this.options = options
    this.limits = { transient: options.transientMax, launch: options.launchFailuresMax, lost: options.lostRunsMax }
  }

  submit(id: JobId, spec: JobSpec, mount: string | null, nowMs: number): void {
    this.grow('job', id)
    if ((mount !== null) !== 'image' in spec) throw new Error(`job ${id}: only what runs in a container has a mount`)
    if (mount !== null && (this.mounts.has(mount) || !new RegExp(`^${id}-[0-9a-f]{32}$`).test(mount)))
      throw new Error(`job ${id}: ${mount} is no new mount of its own`)
    if (mount !== null) this.mounts.add(mount)
    this.jobs.set(id, jobOf(id, spec, mount, nowMs))
  }

  relaunchable(id: JobId): 'fine' | 'unfinished' | 'unknown' {
    const job = this.jobs.get(id)
    if (job === undefined) return 'unknown'
    if (!isFinal(job.status)) return 'unfinished'
    return this.deletions.has(id) ? 'unknown' : 'fine'
  }

  relaunch(next: JobId, id: JobId, nowMs: number): void {
    this.grow('job', next)
    this.jobs.set(next, relaunchOf(next, this.jobs.get(id)!, this.runsOf(id).at(-1), nowMs))
  }

  cancel(id: JobId, nowMs: number): CancelResult {
    const job = this.jobs.get(id)
    if (job === undefined) return 'unknown'
    if (isFinal(job.status)) return this.release(id) ? 'released' : 'finished'
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
    return this.release(id) || cancelled === 'cancelling' ? 'deleting' : 'deleted'
  }

  removable(): Removable[] {
    return [...this.jobs.values()]
      .filter(({ id, status }) => this.deletions.has(id) && isFinal(status) && this.waitingOf(id).length === 0)
      .map(({ id, mount }) => ({ id, mount, runs: this.runsOf(id).flatMap((run) => this.placeOf(run)) }))
  }

  remove(id: JobId): boolean {
    if (!this.removable().some((removable) => removable.id === id)) return false
    for (const run of this.runsOf(id)) this.runs.delete(run.id as number as Fence)
    this.deletions.delete(id)
    return this.jobs.delete(id)
  }

  /** In the order of the attempts. */
  runsOf(id: JobId): Run[] {
    return [...this.runs.values()].map(({ row }) => row).filter(({ job_id }) => job_id === id)
  }

  /** Which job a claim of this life, by a server with handlers for these tasks, would get. */
  claimable(life: LifeId, tasks: readonly string[], nowMs: number): JobId | undefined | 'ended' {
    const { maxConcurrency, serialGate } = this.options
    const running = this.with('running')
    if (running.length >= maxConcurrency) return undefined
    const behind = (job: Job) =>
      [...this.jobs.values()].some(({ id, repo, status }) => repo === job.repo && id < job.id && !isFinal(status))
    const isMounted = ({ mount }: Job) => mount !== null && running.some((other) => other.mount === mount)
    const [first] = this.with('queued')
      .filter(({ task }) => task === null || tasks.includes(task))
      .filter((job) => (job.available_at ?? 0) <= nowMs && !isMounted(job) && !(serialGate && behind(job)))
      .toSorted((a, b) => a.priority - b.priority || a.id - b.id)
    return first !== undefined && !this.lives.isOpen(life) ? 'ended' : first?.id
  }

  claim(id: JobId, fence: Fence, token: string, lifeId: LifeId, nowMs: number): void {
    this.grow('run', fence)
    const job = this.jobs.get(id)!
    this.move(job, 'running')
    job.attempts++
    const row = runOf(fence as number as RunId, job, this.runsOf(id).at(-1), nowMs)
    const clean = { run_id: null, pid: null, available_at: null }
    Object.assign(job, { fence, life_id: lifeId, started_at: nowMs, ...clean })
    this.runs.set(fence, { token, lifeId, startTime: null, isReleased: false, row })
  }

  /** For this life; false: it is not what it was any more, or has ended. */
  adopt(found: Named, life: LifeId): boolean {
    const job = this.held(found)
    if (job === undefined || !this.lives.isOpen(life)) return false
    if (this.runs.get(found.fence!)!.row.finished_at !== null) return false
    job.life_id = life
    this.runs.get(found.fence!)!.lifeId = life
    return true
  }

  stamp(claim: Omit<Named, 'life_id'>, mark: Mark): boolean {
    const job = this.jobs.get(claim.id)
    if (job?.status !== 'running' || job.fence !== claim.fence || job.run_id !== null) return false
    if (!this.lives.isOpen(job.life_id!)) return false
    const { pid, startTime, container } = { pid: null, startTime: null, container: null, ...mark }
    job.run_id = claim.fence as RunId
    job.pid = pid
    const run = this.runs.get(claim.fence!)!
    if (run.row.phase !== 'starting') return true
    run.startTime = startTime
    Object.assign(run.row, { phase: 'running', pid, container })
    return true
  }

  recordExit({ fence, life_id }: Named, { code, signal, sessionId }: Outcome, nowMs: number): boolean {
    const run = this.runs.get(fence!)
    if (run === undefined || run.row.finished_at !== null || run.lifeId !== life_id) return false
    const session_id = sessionId ?? run.row.session_id
    Object.assign(run.row, { phase: 'exited', exit_code: code, signal, session_id, finished_at: nowMs })
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
    const phase = row.container === null ? 'finished' : 'waiting'
    Object.assign(row, { phase, outcome, error: next.error })
    if (ending.kind === 'taken') this.taken.add(row.id)
    return next.status
  }

  close(run: RunId): boolean {
    const row = this.runs.get(run as number as Fence)?.row
    if (row?.phase !== 'waiting') return false
    row.phase = 'finished'
    return true
  }

  /** `outcome`: of an end that is not on record yet. */
  reap(found: Named, reason: string, ending: Ending, nowMs: number, outcome?: Outcome): JobStatus | undefined {
    const isRecorded = (this.runs.get(found.fence!)?.row.finished_at ?? null) !== null
    if (reason === 'dead' && isRecorded) return undefined
    if (outcome !== undefined && !this.recordExit(found, outcome, nowMs)) return undefined
    return this.end(found, ending, nowMs)
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

  with(status: JobStatus): Job[] {
    return [...this.jobs.values()].filter((job) => job.status === status)
  }

  /** The job, if this claim still holds it. */
  held({ id, fence, life_id }: Named): Writable<Job> | undefined {
    const job = this.jobs.get(id)
    return job?.status === 'running' && job.fence === fence && job.life_id === life_id ? job : undefined
  }

  private waitingOf(id: JobId): ModelRun[] {
    return [...this.runs.values()].filter(({ row }) => row.job_id === id && row.phase === 'waiting')
  }

  /** Nobody is to wait for its runs any more; false: none waits. */
  private release(id: JobId): boolean {
    const waiting = this.waitingOf(id)
    for (const run of waiting) run.isReleased = true
    return waiting.length > 0
  }

  private placeOf({ id }: Run): RunId[] {
    return this.taken.has(id) ? [] : [id]
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
