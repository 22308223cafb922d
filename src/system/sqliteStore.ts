/** The store on SQLite. */
import { decide, type Ending, type Limits, type Next } from '../model/ending.ts'
import type { Fence, JobId, LifeId, Pid, RunId } from '../model/ids.ts'
import { type JobStatus, jobStatuses } from '../model/lifecycle.ts'
import type { Database, Exit, Pool, ProcessIdentity, Statement } from '../ports/index.ts'
import type { Claim, Job, JobSpec, OpenLife, OwnLife, Run, Running } from './job.ts'
import type { Options } from './options.ts'
import * as standard from './sql.ts'
import type {
  CancelResult,
  DeleteResult,
  Ended,
  Impossible,
  Orphaned,
  ReapReason,
  Removable,
  Server,
  Store,
  Survey,
} from './store.ts'

/** The texts of all statements, by name. */
export type Statements = Readonly<Record<keyof typeof standard, string>>

const GONE: Orphaned = { kind: 'lost', error: 'its server is gone' }

export class SqliteStore implements Store {
  private readonly database: Database
  private readonly pool: Pool
  private readonly options: Options
  private readonly limits: Limits
  private readonly sql: Statements
  private readonly statements = new Map<string, Statement>()

  constructor(database: Database, pool: Pool, options: Options, sql: Statements = standard) {
    this.sql = sql
    this.database = database
    this.pool = pool
    this.options = options
    this.limits = {
      transient: options.transientMax,
      launch: options.launchFailuresMax,
      lost: options.lostRunsMax,
    }
  }

  submitJob(spec: JobSpec, nowMs: number): Promise<JobId> {
    return this.pool.run({ name: 'submit', touches: ['job:*'] }, () => {
      const { agent = 'default', repo = 'default', priority = 0, maxAttempts = 2, delayMs = 0 } = spec
      const { lastInsertRowid } = this.prepared(this.sql.insertJob).run(
        ...workOf(spec),
        agent,
        repo,
        priority,
        maxAttempts,
        spec.transientDelayMs ?? null,
        delayMs > 0 ? nowMs + delayMs : null,
        nowMs,
      )
      return Number(lastInsertRowid) as JobId
    })
  }

  cancelJob(id: JobId, nowMs: number): Promise<CancelResult> {
    return this.pool.run({ name: 'cancel', touches: [`job:${id}`] }, () =>
      this.immediate((): CancelResult => {
        const cancelled = this.cancelInside(id, nowMs)
        if (cancelled !== undefined) return cancelled
        return this.row(id) === undefined ? 'unknown' : 'finished'
      }),
    )
  }

  deleteJob(id: JobId, nowMs: number): Promise<DeleteResult> {
    return this.pool.run({ name: 'delete', touches: [`job:${id}`] }, () =>
      this.immediate((): DeleteResult => {
        const cancelled = this.cancelInside(id, nowMs)
        if (this.prepared(this.sql.requestDeletion).run(nowMs, id).changes === 0 && this.row(id) === undefined)
          return 'unknown'
        return cancelled === 'cancelling' ? 'deleting' : 'deleted'
      }),
    )
  }

  job(id: JobId): Promise<Job | undefined> {
    return this.pool.run({ name: 'job', touches: [`job:${id}`] }, () => this.row(id))
  }

  jobs({ status, limit }: Parameters<Store['jobs']>[0]): Promise<readonly Job[]> {
    return this.pool.run(
      { name: 'jobs', touches: ['job:*'] },
      () => this.prepared(this.sql.listed).all(status ?? null, limit) as Job[],
    )
  }

  runsOf(id: JobId): Promise<readonly Run[]> {
    return this.pool.run(
      { name: 'runs', touches: [`job:${id}`] },
      () => this.prepared(this.sql.runsOfJob).all(id) as Run[],
    )
  }

  openLives(): Promise<readonly OpenLife[]> {
    return this.pool.run({ name: 'lives', touches: ['life:*'] }, () =>
      (this.prepared(this.sql.openLives).all() as LifeRow[]).map(openLifeOf),
    )
  }

  counts(): Promise<Record<JobStatus, number>> {
    return this.pool.run({ name: 'counts' }, () => {
      const counts = Object.fromEntries(jobStatuses.map((status) => [status, 0])) as Record<JobStatus, number>
      for (const row of this.prepared(this.sql.countByStatus).all() as { status: JobStatus; n: number }[])
        counts[row.status] = row.n
      return counts
    })
  }

  openLife(
    { bootId, pidNamespace, pid, startTime }: Server,
    name: string,
    shared: boolean,
    nowMs: number,
  ): Promise<OwnLife | { rivals: readonly OpenLife[] }> {
    return this.write('openLife', 'life:*', () =>
      this.immediate(() => {
        // In the transaction that opens the life: of two servers that start at once, one must see the other.
        const rivals = this.prepared(this.sql.rivals).all(Number(shared)) as LifeRow[]
        if (rivals.length > 0) return { rivals: rivals.map(openLifeOf) }
        const token = `${this.installationToken()}/${name}`
        const life = [bootId, pidNamespace, pid, startTime, token, nowMs, Number(shared)] as const
        const { lastInsertRowid } = this.prepared(this.sql.insertLife).run(...life)
        return { id: Number(lastInsertRowid) as LifeId, token }
      }),
    )
  }

  beat(life: LifeId): Promise<boolean> {
    return this.write('beat', `life:${life}`, () => this.prepared(this.sql.beat).run(life).changes === 1)
  }

  endLife(life: LifeId, nowMs: number): Promise<boolean> {
    return this.write('endLife', `life:${life}`, () => this.prepared(this.sql.endLife).run(nowMs, life).changes === 1)
  }

  claimNextJob(
    life: OwnLife,
    newName: () => string,
    tasks: readonly string[],
    nowMs: number,
  ): Promise<Claim | undefined | 'ended'> {
    return this.pool.run({ name: 'claim', touches: ['job:*'] }, () => {
      // Mostly nothing is claimable: find that out without the write lock.
      if (this.claimable(tasks, nowMs) === undefined) return undefined
      return this.immediate(() => {
        const found = this.claimable(tasks, nowMs)
        if (found === undefined) return undefined
        if (this.prepared(this.sql.lifeIsOpen).get(life.id) === undefined) return 'ended'
        const token = `${life.token}/${newName()}`
        const { lastInsertRowid } = this.prepared(this.sql.insertRun).run(life.id, token, nowMs, found.id)
        const fence = Number(lastInsertRowid) as Fence
        const job = this.prepared(this.sql.claim).get(fence, life.id, nowMs, found.id) as Job
        return { id: job.id, fence, token, job }
      })
    })
  }

  stampRun({ id, fence }: Claim, process: ProcessIdentity | undefined): Promise<boolean> {
    const { pid, startTime } = process ?? { pid: null, startTime: null }
    return this.write('stamp', `job:${id}`, () =>
      this.immediate(() => {
        if (this.prepared(this.sql.stampJob).run(fence, pid, id, fence).changes === 0) return false
        this.prepared(this.sql.stampRun).run(pid, startTime, fence)
        return true
      }),
    )
  }

  recordExit({ id, fence }: Claim, { code, signal }: Exit, nowMs: number): Promise<boolean> {
    return this.write(
      'recordExit',
      `job:${id}`,
      () => this.prepared(this.sql.recordExit).run(code, signal, nowMs, fence).changes === 1,
    )
  }

  finishJob(claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.end('finish', claim.id, claim.fence, ending, nowMs)
  }

  requeueJob(claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.end('requeue', claim.id, claim.fence, ending, nowMs)
  }

  requeueTransient(claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.end('requeueTransient', claim.id, claim.fence, ending, nowMs)
  }

  cancelRequests(life: LifeId): Promise<readonly { id: JobId; fence: Fence }[]> {
    return this.pool.run(
      { name: 'cancelRequests', touches: ['job:*'] },
      () => this.prepared(this.sql.cancelRequests).all(life) as { id: JobId; fence: Fence }[],
    )
  }

  survey(life: LifeId): Promise<Survey> {
    return this.pool.run({ name: 'survey', touches: ['job:*', 'life:*'] }, () => ({
      running: this.prepared(this.sql.running).all(life) as Running[],
      orphans: this.prepared(this.sql.orphans).all() as Running[],
      otherLives: (this.prepared(this.sql.otherLives).all(life) as LifeRow[]).map(openLifeOf),
      impossibleQueued: this.prepared(this.sql.findImpossibleQueued).all().length,
    }))
  }

  reapJob({ id, fence }: Running, reason: ReapReason, ending: Ending, nowMs: number): Promise<Ended> {
    return this.write('reap', `job:${id}`, () =>
      this.immediate(() => {
        // Found dead, but by now its exit is on record: then that outcome counts, not the guess.
        if (reason === 'dead' && this.prepared(this.sql.exitRecorded).get(fence) !== undefined) return undefined
        return this.endInside(id, fence, ending, nowMs)
      }),
    )
  }

  installation(): Promise<string> {
    return this.pool.run({ name: 'installation' }, () => this.installationToken())
  }

  runsOver(tokens: readonly string[]): Promise<readonly string[]> {
    return this.pool.run({ name: 'runsOver', touches: ['job:*', 'life:*'] }, () => {
      const named = tokens.map((token) => ({ token, life: token.slice(0, token.lastIndexOf('/')) }))
      const found = this.prepared(this.sql.runsOver).all(JSON.stringify(named)) as { token: string }[]
      return found.map(({ token }) => token)
    })
  }

  unknownRuns(runs: readonly RunId[]): Promise<readonly RunId[]> {
    return this.pool.run({ name: 'unknownRuns', touches: ['job:*'] }, () =>
      (this.prepared(this.sql.unknownRuns).all(JSON.stringify(runs)) as { id: RunId }[]).map(({ id }) => id),
    )
  }

  requeueRunningJobs(orphans: readonly Running[], nowMs: number, ending: Orphaned = GONE): Promise<number> {
    const touches = orphans.map(({ id }) => `job:${id}`)
    return this.pool.run({ name: 'requeueRunning', touches }, () =>
      this.immediate(() => {
        let requeued = 0
        for (const { id, fence } of orphans) if (this.endInside(id, fence, ending, nowMs) !== undefined) requeued++
        return requeued
      }),
    )
  }

  removableJobs(after: JobId | 0, limit: number): Promise<readonly Removable[]> {
    return this.pool.run({ name: 'removable', touches: ['job:*'] }, () =>
      (this.prepared(this.sql.removable).all(after, limit) as RemovableRow[]).map(removableOf),
    )
  }

  removableJob(id: JobId): Promise<Removable | undefined> {
    return this.pool.run({ name: 'removableOne', touches: [`job:${id}`] }, () =>
      (this.prepared(this.sql.removableOne).all(id) as RemovableRow[]).map(removableOf).at(0),
    )
  }

  removeJob(id: JobId): Promise<boolean> {
    return this.write('remove', `job:${id}`, () =>
      this.immediate(() => {
        if (this.prepared(this.sql.removeDeletion).run(id).changes === 0) return false
        this.prepared(this.sql.removeRuns).run(id)
        this.prepared(this.sql.removeJob).run(id)
        return true
      }),
    )
  }

  findImpossibleQueued(): Promise<readonly Impossible[]> {
    return this.pool.run(
      { name: 'findImpossible', touches: ['job:*'] },
      () => this.prepared(this.sql.findImpossibleQueued).all() as Impossible[],
    )
  }

  sanitizeImpossibleQueued(): Promise<readonly JobId[]> {
    return this.write('sanitize', 'job:*', () => {
      return (this.prepared(this.sql.sanitizeImpossibleQueued).all() as { id: JobId }[]).map(({ id }) => id)
    })
  }

  private end(name: string, id: JobId, fence: Fence, ending: Ending, nowMs: number): Promise<Ended> {
    return this.write(name, `job:${id}`, () => this.immediate(() => this.endInside(id, fence, ending, nowMs)))
  }

  /** The one way in which a claim ends, whoever ends it: its run and its job change together. */
  private endInside(id: JobId, fence: Fence | null, ending: Ending, nowMs: number): Ended {
    const job = this.prepared(this.sql.heldJob).get(id, fence) as Job | undefined
    if (job === undefined) return undefined
    const next = decide(job, ending, this.limits)
    const { attempts, transient_attempts, launch_failures, lost_runs } = next.tries
    const counters = [attempts, transient_attempts, launch_failures, lost_runs] as const
    if (next.status === 'queued') {
      const availableAt = next.delayMs === undefined ? null : nowMs + next.delayMs
      this.prepared(this.sql.backToQueue).run(next.error, availableAt, ...counters, id)
    } else this.prepared(this.sql.finish).run(next.status, nowMs, next.error, ...counters, id)
    if (fence !== null) this.prepared(this.sql.finishRun).run(outcomeOf(next, ending), next.error, nowMs, fence)
    return next.status
  }

  /** What becomes of a job that is not finished; undefined: it is, or there is none. */
  private cancelInside(id: JobId, nowMs: number): 'cancelled' | 'cancelling' | undefined {
    if (this.prepared(this.sql.cancelQueued).run(nowMs, id).changes === 1) return 'cancelled'
    return this.prepared(this.sql.requestCancel).run(nowMs, id).changes === 1 ? 'cancelling' : undefined
  }

  private claimable(tasks: readonly string[], nowMs: number): { id: JobId } | undefined {
    const { maxConcurrency, serialGate } = this.options
    const statement = this.prepared(serialGate ? this.sql.claimableGated : this.sql.claimable)
    return statement.get(maxConcurrency, nowMs, JSON.stringify(tasks)) as { id: JobId } | undefined
  }

  private installationToken(): string {
    return (this.prepared(this.sql.installation).get() as { token: string }).token
  }

  private row(id: JobId): Job | undefined {
    return this.prepared(this.sql.jobById).get(id) as Job | undefined
  }

  private write<T>(name: string, touches: string, work: () => T): Promise<T> {
    return this.pool.run({ name, touches: [touches] }, work)
  }

  private immediate<T>(work: () => T): T {
    return this.database.transaction(work).immediate()
  }

  private prepared(text: string): Statement {
    let statement = this.statements.get(text)
    if (statement === undefined) {
      statement = this.database.prepare(text)
      this.statements.set(text, statement)
    }
    return statement
  }
}

interface LifeRow {
  readonly id: LifeId
  readonly boot_id: string
  readonly pid_namespace: string
  readonly pid: Pid
  readonly start_time: number
  readonly token: string
  readonly beats: number
  readonly started_at: number
  readonly shared: number
}

function openLifeOf(row: LifeRow): OpenLife {
  const { id, boot_id: bootId, pid_namespace: pidNamespace, pid, start_time: startTime, token, beats, started_at } = row
  return { id, beats, token, started_at, shared: row.shared === 1, server: { bootId, pidNamespace, pid, startTime } }
}

interface RemovableRow {
  readonly id: JobId
  /** A JSON array. */
  readonly runs: string
}

function removableOf({ id, runs }: RemovableRow): Removable {
  return { id, runs: JSON.parse(runs) as RunId[] }
}

/** argv, environment, directory, task and payload of the row. */
function workOf(spec: JobSpec): readonly [string | null, string, string | null, string | null, string | null] {
  if ('task' in spec) return [null, '{}', null, spec.task, JSON.stringify(spec.payload ?? null)]
  return [JSON.stringify(spec.argv), JSON.stringify(spec.environment ?? {}), spec.directory ?? null, null, null]
}

function outcomeOf(next: Next, ending: Ending): string {
  return next.status === 'queued' ? ending.kind : next.status
}
