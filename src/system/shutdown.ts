/**
 * How a server stops: it waits for what runs, ends what does not end within `drainMs`, ends its life, and gives back what
 * is left, rather than have it found by whoever starts next. Containers go on, and are adopted.
 */
import type { LifeId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import { firstOf, Latch } from './latch.ts'
import type { Options } from './options.ts'
import { persistUnless } from './persist.ts'
import type { Recovery } from './recovery.ts'
import type { Registry } from './registry.ts'
import type { Store } from './store.ts'
import type { Sweeper } from './sweeper.ts'

/** How a stop went. */
export interface Stopped {
  /** Containers that go on, for whoever is up next. */
  readonly left: number
  /** Runs that had not ended by themselves within `drainMs`, and were ended; their jobs are tried again. */
  readonly abandoned: number
}

/** What goes round in a server until nothing runs any more: until then others would take it over. */
export interface Rounds {
  stop(): void
  stopped(): Promise<unknown>
}

export class Shutdown {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly registry: Registry
  private readonly recovery: Recovery
  private readonly sweeper: Sweeper
  private readonly failed: (error: unknown) => void

  constructor(
    store: Store,
    ports: Ports,
    options: Options,
    parts: { readonly registry: Registry; readonly recovery: Recovery; readonly sweeper: Sweeper },
    failed: (error: unknown) => void,
  ) {
    this.store = store
    this.ports = ports
    this.options = options
    this.registry = parts.registry
    this.recovery = parts.recovery
    this.sweeper = parts.sweeper
    this.failed = failed
  }

  /** `life`: the one that is led when nothing runs any more. */
  async carryOut(life: () => LifeId, rounds: Rounds): Promise<Stopped> {
    const timer = new AbortController()
    const deadline = this.ports.clock.sleep(this.options.drainMs, timer.signal).catch(() => undefined)
    this.registry.releaseAll()
    const first = await firstOf({ drained: this.registry.drained(), deadline })
    timer.abort()
    let detached = first.name === 'deadline' ? await this.registry.detachAll() : 0
    rounds.stop()
    await rounds.stopped()
    // What the last round may have adopted.
    detached += await this.registry.detachAll()
    await this.sweepUp()
    return this.close(life(), detached)
  }

  /** What has escaped from the groups of ended runs must not be left to whoever starts next. */
  private async sweepUp(): Promise<void> {
    try {
      await this.sweeper.sweep(false)
    } catch (error) {
      this.failed(error)
    }
  }

  private async close(life: LifeId, detached: number): Promise<Stopped> {
    const { clock } = this.ports
    const unwritten = { left: 0, abandoned: detached }
    const patience = new Latch()
    const timer = new AbortController()
    void clock.sleep(this.options.killGraceMs, timer.signal).then(
      () => patience.set(),
      () => undefined,
    )
    try {
      // A database that cannot be written must not keep anybody from stopping: whoever starts next finds the life dead.
      const ended = await persistUnless(clock, patience, () => this.store.endLife(life, clock.nowMs()))
      return ended === undefined ? unwritten : await this.handBack(life)
    } catch (error) {
      this.failed(error)
      return unwritten
    } finally {
      timer.abort()
    }
  }

  private async handBack(life: LifeId): Promise<Stopped> {
    const { orphans } = await this.store.survey(life)
    const ended = orphans.filter(({ life_id, container }) => life_id === life && container === null)
    // Those of earlier lives too, that could not be adopted because the engine did not answer.
    const left = orphans.filter(({ container }) => container !== null)
    await this.recovery.takeOver(ended, { kind: 'stopped', error: 'its server was stopped before it had ended' })
    return { left: left.length, abandoned: ended.length }
  }
}
