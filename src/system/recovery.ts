/**
 * Takes over from servers that are gone. A life is gone when its own host finds its process dead, or when its heartbeat
 * stood still for `leaseRounds` rounds of ours: rounds are counted, no clock is compared, so wall steps and suspended
 * machines expire nothing by themselves. First the life is ended, which fences it out; then what survives of its processes
 * is killed by token; only then do its jobs go back to the queue.
 */
import type { LifeId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { OpenLife, Running } from './job.ts'
import { killSurvivors } from './kill.ts'
import type { Options } from './options.ts'
import { endingOf } from './outcome.ts'
import type { Orphaned, Store, Survey } from './store.ts'

interface Sighting {
  readonly beats: number
  readonly rounds: number
}

export class Recovery {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly onReaped: (fence: NonNullable<Running['fence']>) => void
  private sightings = new Map<LifeId, Sighting>()
  /** When a round last counted, on the monotonic clock. */
  private countedMs = Number.NEGATIVE_INFINITY

  constructor(store: Store, ports: Ports, options: Options, onReaped: (fence: NonNullable<Running['fence']>) => void) {
    this.store = store
    this.ports = ports
    this.options = options
    this.onReaped = onReaped
  }

  /** True: lives were ended, and their jobs are orphans from now on. */
  async round({ otherLives, orphans }: Survey): Promise<boolean> {
    let ended = false
    // At a start several rounds follow each other at once: they see one silence, not several.
    const nowMs = this.ports.clock.monotonicMs()
    const counts = nowMs - this.countedMs >= this.options.reapMs
    if (counts) this.countedMs = nowMs
    const sightings = new Map<LifeId, Sighting>()
    for (const life of otherLives) {
      const before = this.sightings.get(life.id)
      const rounds = before?.beats === life.beats ? before.rounds + (counts ? 1 : 0) : 0
      if (rounds >= this.options.leaseRounds || (await this.isDead(life))) {
        ended = (await this.store.endLife(life.id, this.ports.clock.nowMs())) || ended
      } else sightings.set(life.id, { beats: life.beats, rounds })
    }
    this.sightings = sightings
    if (orphans.length > 0) await this.takeOver(orphans)
    return ended
  }

  private async isDead({ server }: OpenLife): Promise<boolean> {
    return (await this.ports.processes.probe(server)) === 'gone'
  }

  /** Gives back what runs under a life that has ended, first of all its processes; as lost, if nothing else is said. */
  async takeOver(orphans: readonly Running[], ending?: Orphaned): Promise<void> {
    const tokens = new Set(orphans.flatMap(({ life_token }) => (life_token === null ? [] : [life_token])))
    if (!(await killSurvivors(this.ports, [...tokens]))) return
    const lost: Running[] = []
    for (const orphan of orphans) {
      // Its exit is on record: that outcome counts, the run is not repeated.
      if (orphan.run_finished_at === null) lost.push(orphan)
      else await this.finish(orphan)
    }
    if (lost.length > 0) await this.store.requeueRunningJobs(lost, this.ports.clock.nowMs(), ending)
    for (const { fence } of orphans) if (fence !== null) this.onReaped(fence)
  }

  private async finish(orphan: Running): Promise<void> {
    const { exit_code: code, signal, transient_delay_ms } = orphan
    const ending = endingOf({ code, signal }, transient_delay_ms)
    await this.store.reapJob(orphan, 'exited', ending, this.ports.clock.nowMs())
  }
}
