/** The store on SQLite. */
import type { CancelResult } from '../model/cancel.ts'
import { decide, type Ending, type Limits } from '../model/ending.ts'
import type { Fence, JobId, LifeId, RunId } from '../model/ids.ts'
import { type JobStatus, jobStatuses } from '../model/lifecycle.ts'
import type { Database, Pool, Statement } from '../ports/index.ts'
import type { Claim, Held, Job, JobSpec, OpenLife, OwnLife, Run, Running, WaitingRun } from './job.ts'
import type { Options } from './options.ts'
import type { Outcome } from './outcome.ts'
import * as standard from './sql.ts'
import type {
  DeleteResult,
  Ended,
  Impossible,
  Mark,
  Orphaned,
  Reap,
  RelaunchResult,
  Removable,
  Server,
  Store,
  Survey,
} from './store.ts'
import {
  type LifeRow,
  markOf,
  opaque,
  openLifeOf,
  outcomeOf,
  type RemovableRow,
  removableOf,
  withLives,
  workOf,
} from './storeRows.ts'

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
    const { agent = 'default', repo = 'default', priority = 0, maxAttempts = 2, delayMs = 0 } = spec
    const { transientDelayMs = null } = spec
    const availableAt = delayMs > 0 ? nowMs + delayMs : null
    const terms = [agent, repo, priority, maxAttempts, transientDelayMs, availableAt, nowMs] as const
    const insert = () =>
      Number(this.prepared(this.sql.insertJob).run(...workOf(spec), ...terms).lastInsertRowid) as JobId
    return this.pool.run({ name: 'submit', touches: ['job:*'] }, () => {
      if (!('image' in spec)) return insert()
      return this.immediate(() => {
        this.prepared(this.sql.useContainers).run()
        return insert()
      })
    })
  }

  relaunchJob(id: JobId, nowMs: number): Promise<RelaunchResult> {
    return this.pool.run({ name: 'relaunch', touches: ['job:*'] }, () =>
      this.immediate((): RelaunchResult => {
        const { changes, lastInsertRowid } = this.prepared(this.sql.relaunch).run(nowMs, id)
        if (changes === 1) return Number(lastInsertRowid) as JobId
        const status = this.row(id)?.status
        return status === 'queued' || status === 'running' ? 'unfinished' : 'unknown'
      }),
    )
  }

  cancelJob(id: JobId, nowMs: number): Promise<CancelResult> {
    return this.pool.run({ name: 'cancel', touches: [`job:${id}`] }, () =>
      this.immediate((): CancelResult => {
        const cancelled = this.cancelInside(id, nowMs)
        if (cancelled !== undefined) return cancelled
        if (this.prepared(this.sql.releaseRuns).run(nowMs, id).changes > 0) return 'released'
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
        const released = this.prepared(this.sql.releaseRuns).run(nowMs, id).changes > 0
        return released || cancelled === 'cancelling' ? 'deleting' : 'deleted'
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

  countWaiting(): Promise<number> {
    return this.pool.run(
      { name: 'countWaiting' },
      () => (this.prepared(this.sql.countWaiting).get() as { n: number }).n,
    )
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
        const run = this.prepared(this.sql.insertRun).get(life.id, token, nowMs, found.id) as Pick<
          Run,
          'id' | 'session_id'
        >
        const job = this.prepared(this.sql.claim).get(run.id, life.id, nowMs, found.id) as Job
        return { id: job.id, fence: run.id, life_id: life.id, token, session_id: run.session_id, job }
      })
    })
  }

  stampRun({ id, fence }: Claim, mark: Mark): Promise<boolean> {
    const [pid, startTime, container] = markOf(mark)
    return this.write('stamp', `job:${id}`, () =>
      this.immediate(() => {
        if (this.prepared(this.sql.stampJob).run(fence, pid, id, fence).changes === 0) return false
        this.prepared(this.sql.stampRun).run(pid, startTime, container, fence)
        return true
      }),
    )
  }

  recordExit(held: Held, outcome: Outcome, nowMs: number): Promise<boolean> {
    return this.write('recordExit', `job:${held.id}`, () => this.recordInside(held, outcome, nowMs))
  }

  finishJob(claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.end('finish', claim, ending, nowMs)
  }

  requeueJob(claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.end('requeue', claim, ending, nowMs)
  }

  requeueTransient(claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.end('requeueTransient', claim, ending, nowMs)
  }

  closeRun(run: RunId): Promise<boolean> {
    return this.write('close', `run:${run}`, () => this.prepared(this.sql.closeRun).run(run).changes === 1)
  }

  cancelRequests(life: LifeId): Promise<readonly { id: JobId; fence: Fence }[]> {
    return this.pool.run(
      { name: 'cancelRequests', touches: ['job:*'] },
      () => this.prepared(this.sql.cancelRequests).all(life, life) as { id: JobId; fence: Fence }[],
    )
  }

  survey(life: LifeId): Promise<Survey> {
    return this.pool.run({ name: 'survey', touches: ['job:*', 'life:*'] }, () => ({
      running: this.prepared(this.sql.running).all(life) as Running[],
      orphans: this.prepared(this.sql.orphans).all() as Running[],
      otherLives: (this.prepared(this.sql.otherLives).all(life) as LifeRow[]).map(openLifeOf),
      waiting: this.prepared(this.sql.waitingRuns).all(life) as WaitingRun[],
      usesContainers: (this.prepared(this.sql.usesContainers).get() as { containers: number }).containers === 1,
      impossibleQueued: this.prepared(this.sql.findImpossibleQueued).all().length,
    }))
  }

  reapJob(found: Running, { reason, ending, outcome, isOvertaken }: Reap, nowMs: number): Promise<Ended> {
    return this.write('reap', `job:${found.id}`, () =>
      this.immediate(() => {
        if (isOvertaken?.()) return undefined
        // Found dead, but by now its exit is on record: then that outcome counts, not the guess.
        if (reason === 'dead' && this.prepared(this.sql.exitRecorded).get(found.fence) !== undefined) return undefined
        if (outcome !== undefined && !this.recordInside(found, outcome, nowMs)) return undefined
        return this.endInside(found, ending, nowMs)
      }),
    )
  }

  adoptRun({ id, fence, life_id, token }: Running, life: LifeId): Promise<Claim | undefined> {
    return this.write('adopt', `job:${id}`, () =>
      this.immediate(() => {
        if (this.prepared(this.sql.lifeIsOpen).get(life) === undefined) return undefined
        const job = this.prepared(this.sql.adoptJob).get(life, id, fence, life_id) as Job | undefined
        if (job === undefined) return undefined
        const { session_id } = this.prepared(this.sql.adoptRun).get(life, fence) as Pick<Run, 'session_id'>
        return { id, fence: fence!, life_id: life, token: token!, session_id, job }
      }),
    )
  }

  installation(): Promise<string> {
    return this.pool.run({ name: 'installation' }, () => this.installationToken())
  }

  runsOver(tokens: readonly string[]): Promise<readonly string[]> {
    return this.pool.run({ name: 'runsOver', touches: ['job:*', 'life:*'] }, () => {
      const found = this.prepared(this.sql.runsOver).all(withLives(tokens)) as { token: string }[]
      return found.map(({ token }) => token)
    })
  }

  containersOver(tokens: readonly string[]): Promise<readonly string[]> {
    return this.pool.run({ name: 'containersOver', touches: ['job:*', 'life:*'] }, () => {
      const found = this.prepared(this.sql.containersOver).all(withLives(tokens)) as { token: string }[]
      return found.map(({ token }) => token)
    })
  }

  unknownRuns(runs: readonly RunId[]): Promise<readonly RunId[]> {
    return this.pool.run({ name: 'unknownRuns', touches: ['job:*'] }, () =>
      (this.prepared(this.sql.unknownRuns).all(JSON.stringify(runs)) as { id: RunId }[]).map(({ id }) => id),
    )
  }

  unknownMounts(mounts: readonly string[]): Promise<readonly string[]> {
    return this.pool.run({ name: 'unknownMounts', touches: ['job:*'] }, () => {
      const found = this.prepared(this.sql.unknownMounts).all(JSON.stringify(mounts)) as { mount: string }[]
      return found.map(({ mount }) => mount)
    })
  }

  requeueRunningJobs(orphans: readonly Running[], nowMs: number, ending: Orphaned = GONE): Promise<number> {
    const touches = orphans.map(({ id }) => `job:${id}`)
    return this.pool.run({ name: 'requeueRunning', touches }, () =>
      this.immediate(() => {
        let requeued = 0
        for (const orphan of orphans) if (this.endInside(orphan, ending, nowMs) !== undefined) requeued++
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

  private end(name: string, claim: Claim, ending: Ending, nowMs: number): Promise<Ended> {
    return this.write(name, `job:${claim.id}`, () => this.immediate(() => this.endInside(claim, ending, nowMs)))
  }

  private recordInside({ fence, life_id }: Held, { code, signal, sessionId }: Outcome, nowMs: number): boolean {
    const { changes } = this.prepared(this.sql.recordExit).run(code, signal, sessionId ?? null, nowMs, fence, life_id)
    return changes === 1
  }

  /** The one way in which a claim ends, whoever ends it: its run and its job change together. */
  private endInside({ id, fence, life_id }: Held, ending: Ending, nowMs: number): Ended {
    const job = this.prepared(this.sql.heldJob).get(id, fence, life_id) as Job | undefined
    if (job === undefined) return undefined
    const next = decide(job, ending, this.limits)
    const { attempts, transient_attempts, launch_failures, lost_runs } = next.tries
    const counters = [attempts, transient_attempts, launch_failures, lost_runs] as const
    if (next.status === 'queued') {
      const availableAt = next.delayMs === undefined ? null : nowMs + next.delayMs
      this.prepared(this.sql.backToQueue).run(next.error, availableAt, ...counters, id)
    } else this.prepared(this.sql.finish).run(next.status, nowMs, next.error, ...counters, id)
    if (fence !== null && ending.kind === 'taken') this.prepared(this.sql.takePlace).run(fence)
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
      statement = this.database.prepare(opaque(text))
      this.statements.set(text, statement)
    }
    return statement
  }
}
