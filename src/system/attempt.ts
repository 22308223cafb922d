/**
 * The actor of one claim: starts the process, stamps it on the job, waits for its exit, ends the claim. It owns the spawn
 * window: whatever happens between the claim and the stamp, it either stamps or gives the job back, and what it started
 * and could not stamp it kills by the run's token.
 */
import type { Ending } from '../model/ending.ts'
import { type Child, type Exit, type Ports, SpawnError } from '../ports/index.ts'
import type { Claim } from './job.ts'
import { killSurvivors } from './kill.ts'
import { firstOf, Latch } from './latch.ts'
import type { Options } from './options.ts'
import { endingOf } from './outcome.ts'
import { persist } from './persist.ts'
import type { Store } from './store.ts'

/** A reason of our own: the default one is an exception with a stack. */
const NO_LONGER_NEEDED = 'no longer needed'

export class Attempt {
  readonly claim: Claim
  protected readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly cancelled = new Latch()
  private readonly abandoned = new Latch()

  constructor(claim: Claim, store: Store, ports: Ports, options: Options) {
    this.claim = claim
    this.store = store
    this.ports = ports
    this.options = options
  }

  /** A cancel was accepted: end the process, then the claim. */
  cancel(): void {
    this.cancelled.set()
  }

  /** Somebody else has ended the claim, or will: end the process and write nothing more. */
  abandon(): void {
    this.abandoned.set()
  }

  /** Resolves when nothing of the claim is left here. */
  async run(): Promise<void> {
    const child = await this.start()
    if (child === undefined) return
    const stamped = await persist(this.ports.clock, () => this.store.stampRun(this.claim, child.identity))
    const exit = stamped ? await this.watch(child) : undefined
    if (exit === undefined) {
      await this.killAll()
      return
    }
    const recorded = await this.write((nowMs) => this.store.recordExit(this.claim, exit, nowMs))
    // What the process left behind in its group ends with it.
    await this.ports.processes.signalGroup(child.identity, 'SIGKILL')
    if (recorded) await this.end(endingOf(exit, this.claim.job.transient_delay_ms))
  }

  /** Starts the process; undefined: it did not, and the claim has been ended or was abandoned. */
  private async start(): Promise<Child | undefined> {
    const { ports, claim, options } = this
    if (this.cancelled.isSet || this.abandoned.isSet) return this.giveUp('it was cancelled before its process started')
    const timer = new AbortController()
    const started = ports.processes.spawn({ argv: argvOf(claim), token: claim.token })
    try {
      const first = await firstOf({
        started,
        late: sleptOrNot(ports.clock.sleep(options.spawnTimeoutMs, timer.signal)),
        cancelled: this.cancelled.happened,
        abandoned: this.abandoned.happened,
      })
      if (first.name === 'started') return first.value
      this.disown(started)
      const late = `no process after ${options.spawnTimeoutMs} ms`
      return await this.giveUp(first.name === 'late' ? late : 'it was cancelled while its process was starting')
    } catch (error) {
      return await this.launchFailed(error)
    } finally {
      timer.abort(NO_LONGER_NEEDED)
    }
  }

  /** The spawn hangs: whatever comes of it later is killed when it shows. */
  protected disown(started: Promise<Child>): void {
    void started.then(
      () => this.killAll(),
      () => this.killAll(),
    )
  }

  private async launchFailed(error: unknown): Promise<undefined> {
    if (!(error instanceof SpawnError)) throw error
    // A failed spawn may have left a process all the same.
    await this.killAll()
    const ending = { kind: error.permanent ? 'permanent' : 'launch', error: `launch error: ${error.message}` } as const
    if (!this.abandoned.isSet) await this.end(ending)
    return undefined
  }

  private async giveUp(why: string): Promise<undefined> {
    await this.killAll()
    if (!this.abandoned.isSet) await this.end({ kind: 'launch', error: `launch error: ${why}` })
    return undefined
  }

  /** Waits for the exit; undefined: the claim was abandoned. */
  private async watch({ identity, exited }: Child): Promise<Exit | undefined> {
    const { processes, clock } = this.ports
    const abandoned = this.abandoned.happened
    const first = await firstOf({ exited, abandoned, cancelled: this.cancelled.happened })
    if (first.name !== 'cancelled') return first.value ?? undefined
    await processes.signalGroup(identity, 'SIGTERM')
    const timer = new AbortController()
    const grace = sleptOrNot(clock.sleep(this.options.killGraceMs, timer.signal))
    const second = await firstOf({ exited, abandoned, grace })
    timer.abort(NO_LONGER_NEEDED)
    if (second.name !== 'grace') return second.value ?? undefined
    await processes.signalGroup(identity, 'SIGKILL')
    // The notice of the exit may be lost: then the reaper ends the claim and has this attempt abandoned.
    const last = await firstOf({ exited, abandoned })
    return last.value ?? undefined
  }

  private async end(ending: Ending): Promise<void> {
    const { store, claim } = this
    await this.write((nowMs) => {
      switch (ending.kind) {
        case 'success':
        case 'permanent':
          return store.finishJob(claim, ending, nowMs)
        case 'transient':
          return store.requeueTransient(claim, ending, nowMs)
        case 'failure':
        case 'launch':
          return store.requeueJob(claim, ending, nowMs)
        case 'lost':
          throw new Error('an attempt that lives is not lost')
      }
    })
  }

  protected killAll(): Promise<boolean> {
    return killSurvivors(this.ports, [this.claim.token])
  }

  private write<T>(verb: (nowMs: number) => Promise<T>): Promise<T> {
    return persist(this.ports.clock, () => verb(this.ports.clock.nowMs()))
  }
}

/** A timer that may be aborted when nobody needs it any more. */
function sleptOrNot(sleep: Promise<void>): Promise<void> {
  return sleep.catch(() => undefined)
}

function argvOf({ job }: Claim): readonly [string, ...string[]] {
  return JSON.parse(job.argv) as [string, ...string[]]
}
