/**
 * The orchestrator: opens a server life, recovers what earlier lives left, and runs three loops (poll, reap, beat) until
 * it is stopped. Everything it starts it waits for.
 */
import type { JobId } from '../model/ids.ts'
import type { JobStatus } from '../model/lifecycle.ts'
import type { Ports } from '../ports/index.ts'
import type { JobSpec, OwnLife } from './job.ts'
import { firstOf } from './latch.ts'
import { Launcher, type LauncherHooks } from './launcher.ts'
import { defaultOptions, type Options } from './options.ts'
import { persist } from './persist.ts'
import { Reaper } from './reaper.ts'
import { Recovery } from './recovery.ts'
import { Remover } from './remover.ts'
import { Room } from './room.ts'
import { Sanitizer } from './sanitizer.ts'
import { Scheduler } from './scheduler.ts'
import { SqliteStore } from './sqliteStore.ts'
import type { CancelResult, DeleteResult, Store } from './store.ts'
import { Sweeper } from './sweeper.ts'
import type { Handlers } from './task.ts'
import { Tenancy } from './tenancy.ts'

export interface Status {
  readonly jobs: Readonly<Record<JobStatus, number>>
  readonly impossible_queued_total: number
  readonly last_impossible_queued: { readonly count: number }
}

/** The parts of an orchestrator, each replaceable: that is how published defects are put back for tests. */
export interface Parts {
  store(ports: Ports, options: Options): Store
  launcher(...parameters: ConstructorParameters<typeof Launcher>): Launcher
  reaper(...parameters: ConstructorParameters<typeof Reaper>): Reaper
  recovery(...parameters: ConstructorParameters<typeof Recovery>): Recovery
  sanitizer(...parameters: ConstructorParameters<typeof Sanitizer>): Sanitizer
  sweeper(...parameters: ConstructorParameters<typeof Sweeper>): Sweeper
  remover(...parameters: ConstructorParameters<typeof Remover>): Remover
  tenancy(...parameters: ConstructorParameters<typeof Tenancy>): Tenancy
}

export const standardParts: Parts = {
  store: ({ database, pool }, options) => new SqliteStore(database, pool, options),
  launcher: (...parameters) => new Launcher(...parameters),
  reaper: (...parameters) => new Reaper(...parameters),
  recovery: (...parameters) => new Recovery(...parameters),
  sanitizer: (...parameters) => new Sanitizer(...parameters),
  sweeper: (...parameters) => new Sweeper(...parameters),
  remover: (...parameters) => new Remover(...parameters),
  tenancy: (...parameters) => new Tenancy(...parameters),
}

/** What a program decides about an orchestrator when it starts one; everything has a default. */
export interface Setup {
  readonly options?: Partial<Options>
  /** What carries tasks out, by name; tasks without a handler here are left to others. */
  readonly handlers?: Handlers
  /** Suffer other orchestrators on the database that do so too? */
  readonly shared?: boolean
  readonly parts?: Parts
  /** Something failed that will be tried again. */
  readonly onError?: (error: unknown) => void
  /** Something that whoever runs the orchestrator should know, as a sentence. */
  readonly onNotice?: (text: string) => void
}

/** How a stop went. */
export interface Stopped {
  /** Runs that had not ended by themselves within `drainMs`, and were ended; their jobs are tried again. */
  readonly abandoned: number
}

export class Orchestrator {
  readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly launcher: Launcher
  private readonly scheduler: Scheduler
  private readonly reaper: Reaper
  private readonly recovery: Recovery
  private readonly sanitizer: Sanitizer
  private readonly sweeper: Sweeper
  private readonly remover: Remover
  private readonly tenancy: Tenancy
  private readonly room: Room
  /** No more claims. */
  private readonly stopping = new AbortController()
  /** No more rounds at all: set when the last run has ended, for until then others would take it over. */
  private readonly drained = new AbortController()
  private readonly onError: (error: unknown) => void
  private readonly onNotice: (text: string) => void
  private readonly shared: boolean
  private loops: Promise<unknown> = Promise.resolve()
  private life!: OwnLife
  private renewal: Promise<void> | undefined

  protected constructor(ports: Ports, setup: Setup) {
    const { parts = standardParts, handlers = {}, shared = false } = setup
    const { onError = () => undefined, onNotice = () => undefined } = setup
    const options = { ...defaultOptions, ...setup.options }
    this.ports = ports
    this.options = options
    this.onError = onError
    this.onNotice = onNotice
    this.shared = shared
    this.store = parts.store(ports, options)
    const launcherHooks: LauncherHooks = { handlers, ended: () => void this.scheduler.wake(), failed: onError }
    this.launcher = parts.launcher(this.store, ports, options, launcherHooks)
    const abandon = (fence: Parameters<Launcher['abandon']>[0]) => {
      this.launcher.abandon(fence)
      void this.scheduler.wake()
    }
    this.reaper = parts.reaper(this.store, ports, options, abandon)
    this.recovery = parts.recovery(this.store, ports, options, abandon)
    this.sweeper = parts.sweeper(this.store, ports)
    this.remover = parts.remover(this.store, ports)
    this.tenancy = parts.tenancy(this.store, ports, options)
    this.room = new Room(ports.files, options.freeBytesMin, onNotice)
    this.sanitizer = parts.sanitizer(this.store, options.sanitizeImpossibleQueued)
    const hooks = {
      tasks: Object.keys(handlers),
      hasRoom: () => this.hasRoom(),
      life: () => this.life,
      launch: (claim: Parameters<Launcher['launch']>[0]) => this.launcher.launch(claim),
      cancel: (fence: Parameters<Launcher['cancel']>[0]) => this.launcher.cancel(fence),
      isRunning: () => this.launcher.isRunning,
      lifeLost: () => this.renewLife(),
      failed: onError,
    }
    this.scheduler = new Scheduler(this.store, ports, hooks, this.stopping.signal)
  }

  /**
   * Starts on a migrated database; resolves when recovery has gone round once and the loops run. Throws HeldError where
   * another orchestrator holds the database.
   */
  static async start(ports: Ports, setup: Setup = {}): Promise<Orchestrator> {
    const orchestrator = new this(ports, setup)
    await orchestrator.begin()
    return orchestrator
  }

  async submit(spec: JobSpec): Promise<JobId> {
    const id = await this.store.submitJob(spec, this.ports.clock.nowMs())
    void this.scheduler.wake()
    return id
  }

  /** Resolves when the cancel is accepted; `cancelling`: the run is being ended, the job becomes cancelled with it. */
  async cancel(id: JobId): Promise<CancelResult> {
    const result = await this.store.cancelJob(id, this.ports.clock.nowMs())
    void this.scheduler.wake()
    return result
  }

  /** A job that is not finished is cancelled first, and goes when it has ended. */
  async delete(id: JobId): Promise<DeleteResult> {
    const result = await this.store.deleteJob(id, this.ports.clock.nowMs())
    void this.scheduler.wake()
    return result
  }

  /** Rows healed since this server started. */
  get impossibleQueuedTotal(): number {
    return this.sanitizer.impossibleQueuedTotal
  }

  async status(): Promise<Status> {
    const { lastImpossibleQueued } = this.sanitizer
    return {
      jobs: await this.store.counts(),
      impossible_queued_total: this.impossibleQueuedTotal,
      last_impossible_queued: { count: lastImpossibleQueued.count },
    }
  }

  /** Claims nothing more, waits for what runs, ends what does not within `drainMs`, and ends this life. */
  async stop(): Promise<Stopped> {
    this.stopping.abort()
    await this.scheduler.wake()
    const timer = new AbortController()
    const deadline = this.ports.clock.sleep(this.options.drainMs, timer.signal).catch(() => undefined)
    const first = await firstOf({ drained: this.launcher.drained(), deadline })
    timer.abort()
    const abandoned = first.name === 'deadline' ? await this.launcher.abandonAll() : 0
    this.drained.abort()
    await this.loops
    await this.sweepUp()
    await persist(this.ports.clock, () => this.store.endLife(this.life.id, this.ports.clock.nowMs()))
    if (abandoned > 0) await this.giveBack()
    return { abandoned }
  }

  /** What has escaped from the groups of ended runs must not be left to whoever starts next. */
  private async sweepUp(): Promise<void> {
    try {
      await this.sweeper.sweep()
    } catch (error) {
      this.onError(error)
    }
  }

  /** What this life was still running goes back to the queue, rather than be found by whoever starts next. */
  private async giveBack(): Promise<void> {
    try {
      await this.recovery.round(await this.store.survey(this.life.id))
    } catch (error) {
      this.onError(error)
    }
  }

  private async begin(): Promise<void> {
    await this.openLife()
    await this.supervise()
    const { pollMs, reapMs, beatMs } = this.options
    const { clock } = this.ports
    const { signal } = this.drained
    this.loops = Promise.all([
      clock.every('poll', pollMs, () => this.scheduler.wake(), signal),
      clock.every('reap', reapMs, () => this.supervise(), signal),
      clock.every('beat', beatMs, () => this.beat(), this.beatsUntil(this.stopping.signal, signal)),
    ])
  }

  /** A job that is started on a full disk fails for want of a place for its output. */
  protected hasRoom(): boolean {
    return this.room.hasRoom()
  }

  /** A draining server still owns its runs, so its heart beats until the last of them has ended. */
  protected beatsUntil(_stopping: AbortSignal, drained: AbortSignal): AbortSignal {
    return drained
  }

  private async openLife(): Promise<void> {
    this.life = await this.tenancy.open(this.shared, ({ server: { pid } }) =>
      this.onNotice(
        `an orchestrator of another machine or container (process ${pid}) held the database; waiting for a sign of life`,
      ),
    )
  }

  private async supervise(): Promise<void> {
    try {
      let survey = await this.store.survey(this.life.id)
      if (await this.recovery.round(survey)) {
        survey = await this.store.survey(this.life.id)
        await this.recovery.round(survey)
      }
      await this.sweeper.sweep()
      if (survey.impossibleQueued > 0) await this.sanitizer.sanitize()
      await this.reaper.round(survey.running)
      await this.remover.round()
    } catch (error) {
      // The next round tries again.
      this.onError(error)
    }
  }

  private async beat(): Promise<void> {
    try {
      if (!(await this.store.beat(this.life.id))) await this.renewLife()
    } catch (error) {
      this.onError(error)
    }
  }

  /** Another server has given this life up and its runs with it: end them, and begin anew. */
  private async renewLife(): Promise<void> {
    this.renewal ??= this.beginAnew().finally(() => {
      this.renewal = undefined
    })
    await this.renewal
  }

  private async beginAnew(): Promise<void> {
    await this.launcher.abandonAll()
    await this.openLife()
  }
}
