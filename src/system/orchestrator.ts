/**
 * The orchestrator: opens a server life, recovers what earlier lives left, and runs three loops (poll, reap, beat) until
 * it is stopped. Everything it starts it waits for.
 */
import type { CancelResult } from '../model/cancel.ts'
import type { Fence, JobId, LifeId } from '../model/ids.ts'
import type { JobStatus } from '../model/lifecycle.ts'
import type { ContainerError, Ports } from '../ports/index.ts'
import type { JobSpec, OpenLife, OwnLife } from './job.ts'
import type { Listener } from './listeners.ts'
import { defaultOptions, type Options } from './options.ts'
import { type Parts, standardParts } from './parts.ts'
import type { Reaper } from './reaper.ts'
import type { Recovery, RecoveryHooks } from './recovery.ts'
import type { Registry, RegistryHooks } from './registry.ts'
import type { Remover } from './remover.ts'
import { Room } from './room.ts'
import type { Sanitizer } from './sanitizer.ts'
import { Scheduler } from './scheduler.ts'
import { Shutdown, type Stopped } from './shutdown.ts'
import type { DeleteResult, RelaunchResult, Store } from './store.ts'
import type { Sweeper } from './sweeper.ts'
import type { Handlers } from './task.ts'
import type { Tenancy } from './tenancy.ts'

export interface Status {
  readonly jobs: Readonly<Record<JobStatus, number>>
  readonly impossible_queued_total: number
  readonly last_impossible_queued: { readonly count: number }
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
  /**
   * Aborted during the start: a wait for a rival is given up, and the start rejects with the signal's reason; otherwise
   * it goes on, and nothing is claimed.
   */
  readonly signal?: AbortSignal
}

export class Orchestrator {
  readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly registry: Registry
  private readonly scheduler: Scheduler
  private readonly reaper: Reaper
  private readonly recovery: Recovery
  private readonly sanitizer: Sanitizer
  private readonly sweeper: Sweeper
  private readonly remover: Remover
  private readonly tenancy: Tenancy
  private readonly room: Room
  private readonly shutdown: Shutdown
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
  private isEngineAway = false
  /** Other lives of which somebody has been told. */
  private readonly rivals = new Set<LifeId>()

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
    this.room = new Room(ports, options.freeBytesMin, onNotice)
    const launchers = parts.launchers(ports)
    const registryHooks: RegistryHooks = {
      handlers,
      ended: () => void this.scheduler.wake(),
      failed: onError,
      exhausted: (error) => this.room.exhausted(error),
      started: () => this.room.started(),
      strayed: () => this.remover.suspectStrays(),
    }
    this.registry = parts.registry(this.store, ports, options, launchers, registryHooks)
    const abandon = (fence: Fence) => {
      this.registry.abandon(fence)
      void this.scheduler.wake()
    }
    const isEnding = (fence: Fence) => this.registry.isEnding(fence)
    this.reaper = parts.reaper(this.store, ports, options, launchers, { abandon, isEnding })
    const recoveryHooks: RecoveryHooks = {
      life: () => this.life.id,
      isKept: (fence) => this.registry.keeps(fence),
      reaped: abandon,
      adopted: (claim, container) => this.registry.resume(claim, container),
      notice: onNotice,
    }
    this.recovery = parts.recovery(this.store, ports, options, launchers, recoveryHooks)
    this.sweeper = parts.sweeper(this.store, ports)
    const { registry, recovery, sweeper } = this
    this.shutdown = new Shutdown(this.store, ports, options, { registry, recovery, sweeper }, onError)
    this.remover = parts.remover(this.store, ports)
    this.tenancy = parts.tenancy(this.store, ports, options)
    this.sanitizer = parts.sanitizer(this.store, options.sanitizeImpossibleQueued)
    const hooks = {
      tasks: Object.keys(handlers),
      hasRoom: () => this.hasRoom(),
      life: () => this.life,
      launch: (claim: Parameters<Registry['launch']>[0]) => this.registry.launch(claim),
      cancel: (fence: Fence) => this.registry.cancel(fence),
      isRunning: () => this.registry.isRunning,
      lifeLost: (life: OwnLife) => this.renewLife(life),
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
    await orchestrator.begin(setup.signal)
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

  /** A new job for the same work, which goes on where that one has stopped: with its files and its session. */
  async relaunch(id: JobId): Promise<RelaunchResult> {
    const result = await this.store.relaunchJob(id, this.ports.clock.nowMs())
    void this.scheduler.wake()
    return result
  }

  /**
   * Looks at the run of a job, until the listener is closed: when the run ends meanwhile, its container is kept for
   * `keepaliveMs` at most. Undefined where no run of it is in a container of this server.
   */
  connect(id: JobId): Listener | undefined {
    return this.registry.connect(id)
  }

  /** A job that is not finished is cancelled first, and goes when it has ended. */
  async delete(id: JobId): Promise<DeleteResult> {
    const result = await this.store.deleteJob(id, this.ports.clock.nowMs())
    void this.scheduler.wake()
    return result
  }

  /** On the monotonic clock: nothing is started before, because the machine could not start anything. */
  get pausedUntilMs(): number {
    return this.room.pausedUntilMs
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
    const rounds = { stop: () => this.drained.abort(), stopped: () => this.loops }
    return this.shutdown.carryOut(() => this.life.id, rounds)
  }

  private async begin(givenUp: AbortSignal | undefined): Promise<void> {
    const giveUp = () => this.stopping.abort()
    if (givenUp?.aborted) giveUp()
    givenUp?.addEventListener('abort', giveUp)
    await this.openLife(givenUp)
    await this.supervise()
    givenUp?.removeEventListener('abort', giveUp)
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

  private async openLife(givenUp?: AbortSignal): Promise<void> {
    const waiting = ({ id, server: { pid } }: OpenLife) => {
      if (this.rivals.has(id)) return
      this.rivals.add(id)
      this.onNotice(
        `an orchestrator of another machine or container (process ${pid}) held the database; waiting for a sign of life`,
      )
    }
    this.life = await this.tenancy.open(this.shared, waiting, givenUp)
  }

  private async supervise(): Promise<void> {
    try {
      let survey = await this.store.survey(this.life.id)
      if (await this.recovery.round(survey)) {
        this.remover.suspectStrays()
        survey = await this.store.survey(this.life.id)
        await this.recovery.round(survey)
      }
      this.noteEngine(await this.sweeper.sweep(survey.usesContainers))
      if (survey.impossibleQueued > 0) await this.sanitizer.sanitize()
      await this.reaper.round(survey.running)
      await this.remover.round()
    } catch (error) {
      // The next round tries again.
      this.onError(error)
    }
  }

  /** Says so once when the engine cannot be asked, and once when it can again. */
  private noteEngine(refusal: ContainerError | undefined): void {
    const isAway = refusal?.failure === 'unreachable'
    if (isAway === this.isEngineAway) return
    this.isEngineAway = isAway
    this.onNotice(isAway ? `jobs in containers wait: ${refusal.message}` : 'the container engine answers again')
  }

  private async beat(): Promise<void> {
    const { life } = this
    try {
      if (!(await this.store.beat(life.id))) await this.renewLife(life)
    } catch (error) {
      this.onError(error)
    }
  }

  /** Another server has given this life up and its runs with it: end them, and begin anew. */
  private async renewLife(lost: OwnLife): Promise<void> {
    // The answer may be late, and the life that it speaks of no longer ours.
    if (this.isStale(lost)) return
    this.renewal ??= this.beginAnew().finally(() => {
      this.renewal = undefined
    })
    await this.renewal
  }

  protected isStale(life: OwnLife): boolean {
    return life !== this.life
  }

  private async beginAnew(): Promise<void> {
    await this.registry.detachAll()
    await this.openLife()
    this.registry.begin()
  }
}
