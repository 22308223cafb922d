/**
 * Takes over from servers that are gone. A life is gone when its own host finds its process dead, or when its heartbeat
 * stood still for `leaseRounds` rounds of ours: rounds are counted, no clock is compared, so wall steps and suspended
 * machines expire nothing by themselves. First the life is ended, which fences it out; then what survives of its processes
 * is killed by token; only then do its jobs go back to the queue. Containers outlive their server: what can still be asked
 * how it goes, or how it went, is adopted instead.
 */
import type { ContainerId, Fence, LifeId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { Claim, OpenLife, Running, WaitingRun } from './job.ts'
import { type Launchers, launcherOf } from './launchers.ts'
import type { Options } from './options.ts'
import { endingOf } from './outcome.ts'
import type { Orphaned, Store, Survey } from './store.ts'

interface Sighting {
  readonly beats: number
  readonly rounds: number
}

export interface RecoveryHooks {
  /** The life under which this server adopts. */
  life(): LifeId
  /** Has the run an actor here? */
  isKept(fence: Fence): boolean
  /** The claim of this run has ended. */
  reaped(fence: Fence): void
  adopted(claim: Claim, container: ContainerId): void
  /** What was taken over, as a sentence. */
  notice(text: string): void
}

export class Recovery {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly launchers: Launchers
  private readonly hooks: RecoveryHooks
  private sightings = new Map<LifeId, Sighting>()
  /** When a round last counted, on the monotonic clock. */
  private countedMs = Number.NEGATIVE_INFINITY

  constructor(store: Store, ports: Ports, options: Options, launchers: Launchers, hooks: RecoveryHooks) {
    this.store = store
    this.ports = ports
    this.options = options
    this.launchers = launchers
    this.hooks = hooks
  }

  /** True: lives were ended, and their jobs are orphans from now on. */
  async round({ otherLives, orphans, waiting }: Survey): Promise<boolean> {
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
    if (orphans.length > 0) await this.takeOver(await this.adopt(orphans))
    await this.close(waiting.filter(({ id }) => !this.hooks.isKept(id)))
    return ended
  }

  private async isDead({ server }: OpenLife): Promise<boolean> {
    return (await this.ports.processes.probe(server)) === 'gone'
  }

  /** Gives back what runs under a life that has ended, first of all its processes; as lost, if nothing else is said. */
  async takeOver(orphans: readonly Running[], ending?: Orphaned): Promise<void> {
    const { processes, containers } = this.launchers
    const contained = orphans.filter(({ image }) => image !== null)
    const others = orphans.filter(({ image }) => image === null)
    // Each for itself: an engine that is down must not keep what is not in it. Processes are ended by the life that
    // started them; containers each by its run, since others of that life are adopted.
    const lives = new Set(others.flatMap(({ life_token }) => life_token ?? []))
    const runs = contained.flatMap(({ token }) => token ?? [])
    if (lives.size === 0 || (await processes.endAll([...lives]))) await this.giveBack(others, ending)
    if (runs.length === 0 || (await containers.endAll(runs))) await this.giveBack(contained, ending)
  }

  /** Nothing of them survives. */
  private async giveBack(orphans: readonly Running[], ending: Orphaned | undefined): Promise<void> {
    const lost: Running[] = []
    for (const orphan of orphans) {
      // Its exit is on record: that outcome counts, the run is not repeated.
      if (orphan.run_finished_at === null) lost.push(orphan)
      else await this.finish(orphan)
    }
    if (lost.length > 0) {
      const queued = await this.store.requeueRunningJobs(lost, this.ports.clock.nowMs(), ending)
      if (queued > 0 && ending === undefined)
        this.hooks.notice(`${count(queued, 'job')} of a server that is gone went back to the queue`)
    }
    for (const { fence } of orphans) if (fence !== null) this.hooks.reaped(fence)
  }

  /** Takes over what goes on without its server; returns what nobody can take over. */
  private async adopt(orphans: readonly Running[]): Promise<readonly Running[]> {
    const lost: Running[] = []
    let adopted = 0
    for (const orphan of orphans) {
      const { container, run_finished_at, fence } = orphan
      const isOver = container === null || run_finished_at !== null
      const health = isOver ? undefined : await launcherOf(this.launchers, orphan)?.health(orphan)
      if (health === undefined || health.state === 'notFound') lost.push(orphan)
      // Nothing is lost as long as nobody can say so.
      if (health === undefined || health.state === 'notFound' || health.state === 'unknown') continue
      // An actor of an earlier life of this very server lets go of it first.
      if (fence !== null && this.hooks.isKept(fence)) continue
      const claim = await this.store.adoptRun(orphan, this.hooks.life())
      if (claim === undefined) continue
      adopted++
      this.hooks.adopted(claim, container!)
    }
    if (adopted > 0) this.hooks.notice(`took over ${count(adopted, 'container')} of a server that is gone`)
    return lost
  }

  /** Runs that wait, and that nobody keeps: what still has a container then is looked at in the next round. */
  private async close(left: readonly WaitingRun[]): Promise<void> {
    if (left.length === 0) return
    const gone = await this.launchers.containers.endOnce(left.map(({ token }) => token))
    for (const { id, token } of left) if (gone.has(token)) await this.store.closeRun(id)
  }

  private async finish(orphan: Running): Promise<void> {
    const { exit_code: code, signal, transient_delay_ms } = orphan
    const ending = endingOf({ code, signal }, transient_delay_ms)
    await this.store.reapJob(orphan, { reason: 'exited', ending }, this.ports.clock.nowMs())
  }
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`
}
