/**
 * The orchestrator: opens a server life, recovers what earlier lives left, and runs three loops (poll, reap, beat) until
 * it is stopped. Everything it starts it waits for.
 */
import type { JobId } from '../model/ids.ts'
import type { JobStatus } from '../model/lifecycle.ts'
import type { Ports } from '../ports/index.ts'
import type { JobSpec, OwnLife } from './job.ts'
import { firstOf } from './latch.ts'
import { Launcher } from './launcher.ts'
import { defaultOptions, type Options } from './options.ts'
import { persist } from './persist.ts'
import { Reaper } from './reaper.ts'
import { Recovery } from './recovery.ts'
import { Sanitizer } from './sanitizer.ts'
import { Scheduler } from './scheduler.ts'
import { SqliteStore } from './sqliteStore.ts'
import type { CancelResult, Store } from './store.ts'
import { Sweeper } from './sweeper.ts'

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
}

export const standardParts: Parts = {
  store: ({ database, pool }, options) => new SqliteStore(database, pool, options),
  launcher: (...parameters) => new Launcher(...parameters),
  reaper: (...parameters) => new Reaper(...parameters),
  recovery: (...parameters) => new Recovery(...parameters),
  sanitizer: (...parameters) => new Sanitizer(...parameters),
  sweeper: (...parameters) => new Sweeper(...parameters),
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
  /** No more claims. */
  private readonly stopping = new AbortController()
  /** No more rounds at all: set when the last run has ended, for until then others would take it over. */
  private readonly drained = new AbortController()
  private readonly onError: (error: unknown) => void
  private loops: Promise<unknown> = Promise.resolve()
  private life!: OwnLife
  private renewal: Promise<void> | undefined

  protected constructor(ports: Ports, options: Options, parts: Parts, onError: (error: unknown) => void) {
    this.ports = ports
    this.options = options
    this.onError = onError
    this.store = parts.store(ports, options)
    this.launcher = parts.launcher(this.store, ports, options, () => void this.scheduler.wake(), onError)
    const abandon = (fence: Parameters<Launcher['abandon']>[0]) => {
      this.launcher.abandon(fence)
      void this.scheduler.wake()
    }
    this.reaper = parts.reaper(this.store, ports, options, abandon)
    this.recovery = parts.recovery(this.store, ports, options, abandon)
    this.sweeper = parts.sweeper(this.store, ports)
    this.sanitizer = parts.sanitizer(this.store, options.sanitizeImpossibleQueued)
    const hooks = {
      life: () => this.life,
      launch: (claim: Parameters<Launcher['launch']>[0]) => this.launcher.launch(claim),
      cancel: (fence: Parameters<Launcher['cancel']>[0]) => this.launcher.cancel(fence),
      isRunning: () => this.launcher.isRunning,
      lifeLost: () => this.renewLife(),
      failed: onError,
    }
    this.scheduler = new Scheduler(this.store, ports, hooks, this.stopping.signal)
  }

  /** Starts on a migrated database; resolves when recovery has gone round once and the loops run. */
  static async start(
    ports: Ports,
    options: Partial<Options> = {},
    onError: (error: unknown) => void = () => undefined,
    parts: Parts = standardParts,
  ): Promise<Orchestrator> {
    const orchestrator = new this(ports, { ...defaultOptions, ...options }, parts, onError)
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
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.scheduler.wake()
    const timer = new AbortController()
    const deadline = this.ports.clock.sleep(this.options.drainMs, timer.signal).catch(() => undefined)
    const first = await firstOf({ drained: this.launcher.drained(), deadline })
    timer.abort()
    if (first.name === 'deadline') await this.launcher.abandonAll()
    this.drained.abort()
    await this.loops
    await persist(this.ports.clock, () => this.store.endLife(this.life.id, this.ports.clock.nowMs()))
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

  /** A draining server still owns its runs, so its heart beats until the last of them has ended. */
  protected beatsUntil(_stopping: AbortSignal, drained: AbortSignal): AbortSignal {
    return drained
  }

  private async openLife(): Promise<void> {
    const { clock, processes, random } = this.ports
    const name = random.token()
    this.life = await persist(clock, () => this.store.openLife(processes.self(), name, clock.nowMs()))
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
