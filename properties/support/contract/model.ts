/**
 * The store as plainly as it can be said: maps, the lifecycle's table, and `decide`. Ids are the store's to choose, as
 * long as they grow; everything else follows. Every verb answers what the store should.
 */
import { decide, type Ending, type Limits, type Next } from '../../../src/model/ending.ts'
import type { Fence, JobId, LifeId, RunId } from '../../../src/model/ids.ts'
import { isFinal, isTransition, type JobStatus } from '../../../src/model/lifecycle.ts'
import { isImpossibleQueued } from '../../../src/model/ownership.ts'
import type { Exit, ProcessIdentity } from '../../../src/ports/index.ts'
import type { CancelResult, CommandSpec, Job, Options, Running } from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** What names a claim: of the job `id`, with this fence. */
export interface Named {
  readonly id: JobId
  readonly fence: Fence | null
}

interface ModelRun {
  readonly token: string
  readonly lifeId: LifeId
  startTime: number | null
  exit: Exit | undefined
  finishedAt: number | null
  isOver: boolean
}

interface ModelLife {
  readonly token: string
  beats: number
  isOpen: boolean
}

export class StoreModel {
  readonly jobs = new Map<JobId, Writable<Job>>()
  readonly runs = new Map<Fence, ModelRun>()
  readonly lives = new Map<LifeId, ModelLife>()
  private readonly options: Options
  private readonly limits: Limits

  constructor(options: Options) {
    this.options = options
    this.limits = { transient: options.transientMax, launch: options.launchFailuresMax, lost: options.lostRunsMax }
  }

  submit(id: JobId, spec: CommandSpec, nowMs: number): void {
    if ([...this.jobs.keys()].some((other) => other >= id)) throw new Error(`job ${id}: ids must grow`)
    this.jobs.set(id, {
      id,
      agent: spec.agent ?? 'default',
      repo: spec.repo ?? 'default',
      argv: JSON.stringify(spec.argv),
      environment: JSON.stringify(spec.environment ?? {}),
      directory: spec.directory ?? null,
      task: null,
      payload: null,
      priority: spec.priority ?? 0,
      status: 'queued',
      attempts: 0,
      max_attempts: spec.maxAttempts ?? 2,
      transient_attempts: 0,
      launch_failures: 0,
      lost_runs: 0,
      transient_delay_ms: spec.transientDelayMs ?? null,
      available_at: spec.delayMs === undefined || spec.delayMs === 0 ? null : nowMs + spec.delayMs,
      created_at: nowMs,
      fence: null,
      life_id: null,
      run_id: null,
      pid: null,
      started_at: null,
      finished_at: null,
      cancel_requested_at: null,
      error: null,
    })
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

  openLife(id: LifeId, token: string): void {
    if ([...this.lives.keys()].some((other) => other >= id)) throw new Error(`life ${id}: ids must grow`)
    this.lives.set(id, { token, beats: 0, isOpen: true })
  }

  beat(id: LifeId): boolean {
    const life = this.lives.get(id)!
    if (life.isOpen) life.beats++
    return life.isOpen
  }

  endLife(id: LifeId): boolean {
    const life = this.lives.get(id)!
    const was = life.isOpen
    life.isOpen = false
    return was
  }

  /** Which job a claim of this life would get. */
  claimable(life: LifeId, nowMs: number): JobId | undefined | 'ended' {
    const { maxConcurrency, serialGate } = this.options
    if (this.with('running').length >= maxConcurrency) return undefined
    const behind = (job: Job) =>
      [...this.jobs.values()].some(({ id, repo, status }) => repo === job.repo && id < job.id && !isFinal(status))
    const [first] = this.with('queued')
      .filter((job) => (job.available_at ?? 0) <= nowMs && !(serialGate && behind(job)))
      .toSorted((a, b) => a.priority - b.priority || a.id - b.id)
    return first !== undefined && !this.lives.get(life)!.isOpen ? 'ended' : first?.id
  }

  claim(id: JobId, fence: Fence, token: string, lifeId: LifeId, nowMs: number): void {
    if ([...this.runs.keys()].some((other) => other >= fence)) throw new Error(`fence ${fence}: fences must grow`)
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
    this.runs.set(fence, { token, lifeId, startTime: null, exit: undefined, finishedAt: null, isOver: false })
  }

  stamp(claim: Named, { pid, startTime }: ProcessIdentity): boolean {
    const job = this.held(claim)
    if (job === undefined || job.run_id !== null) return false
    job.run_id = claim.fence as RunId
    job.pid = pid
    const run = this.runs.get(claim.fence!)!
    if (run.finishedAt === null) run.startTime = startTime
    return true
  }

  recordExit({ fence }: Named, exit: Exit, nowMs: number): boolean {
    const run = this.runs.get(fence!)!
    if (run.finishedAt !== null) return false
    Object.assign(run, { exit, finishedAt: nowMs })
    return true
  }

  end(claim: Named, ending: Ending, nowMs: number): JobStatus | undefined {
    const job = this.held(claim)
    if (job === undefined) return undefined
    const next = decide(job, ending, this.limits)
    this.move(job, next.status)
    Object.assign(job, next.tries, { error: next.error }, after(next, nowMs))
    const run = this.runs.get(claim.fence!)!
    run.finishedAt ??= nowMs
    run.isOver = true
    return next.status
  }

  reap(found: Named, reason: string, ending: Ending, nowMs: number): JobStatus | undefined {
    const isRecorded = this.runs.get(found.fence!)!.finishedAt !== null
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
  watched({ id, fence, pid, started_at, life_id, transient_delay_ms }: Job): Running {
    const { token, startTime, exit, finishedAt, lifeId } = this.runs.get(fence!)!
    return {
      ...{ id, fence, pid, started_at, life_id, transient_delay_ms, token },
      start_time: startTime,
      run_finished_at: finishedAt,
      exit_code: exit?.code ?? null,
      signal: exit?.signal ?? null,
      life_token: this.lives.get(lifeId)!.token,
      boot_id: server.bootId,
      pid_namespace: server.pidNamespace,
    }
  }

  with(status: JobStatus): Job[] {
    return [...this.jobs.values()].filter((job) => job.status === status)
  }

  /** The job, if this claim still holds it. */
  held({ id, fence }: Named): Writable<Job> | undefined {
    const job = this.jobs.get(id)!
    return job.status === 'running' && job.fence === fence ? job : undefined
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
