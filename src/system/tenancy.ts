/**
 * How a server gets its life on a database that others may hold. By default nobody shares: two orchestrators that do not
 * know of each other would halve each other's limits. Rivals that are found dead are ended; one of another host or
 * container cannot be asked, so its heartbeat is watched until it has moved or has stood still for the lease.
 */
import type { LifeId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { OpenLife, OwnLife } from './job.ts'
import type { Options } from './options.ts'
import { persist } from './persist.ts'
import type { Store } from './store.ts'

/** Another orchestrator holds the database, and one of the two does not share it. */
export class HeldError extends Error {
  readonly holder: OpenLife
  constructor(holder: OpenLife) {
    const { server, started_at, shared } = holder
    const since = new Date(started_at).toISOString()
    const why = shared ? 'which shares it only with those that share too' : 'which does not share it'
    super(`the database is held by another orchestrator, process ${server.pid}, up since ${since}, ${why}`)
    this.name = 'HeldError'
    this.holder = holder
  }
}

export class Tenancy {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options

  constructor(store: Store, ports: Ports, options: Options) {
    this.store = store
    this.ports = ports
    this.options = options
  }

  /** Throws HeldError. `waiting` is told once, where a rival has to be watched for a while: until `signal` aborts. */
  async open(shared: boolean, waiting: (rival: OpenLife) => void, signal?: AbortSignal): Promise<OwnLife> {
    const { clock, processes, random } = this.ports
    const name = random.token()
    let seen: ReadonlyMap<LifeId, Silence> = new Map()
    let told = false
    for (;;) {
      const opened = await persist(clock, () => this.store.openLife(processes.self(), name, shared, clock.nowMs()))
      if (!('rivals' in opened)) return opened
      const silences = new Map<LifeId, Silence>()
      for (const rival of opened.rivals) {
        const silence = await this.silenceOf(rival, seen.get(rival.id))
        if (silence.rounds < this.options.leaseRounds) silences.set(rival.id, silence)
        else await persist(clock, () => this.store.endLife(rival.id, clock.nowMs()))
      }
      seen = silences
      if (silences.size === 0) continue
      if (!told) waiting(opened.rivals.find(({ id }) => silences.has(id))!)
      told = true
      await clock.sleep(this.options.reapMs, signal)
    }
  }

  /** For how many rounds nothing was heard of the rival; for ever if it is dead. Throws HeldError if it is alive. */
  private async silenceOf(rival: OpenLife, before: Silence | undefined): Promise<Silence> {
    const { beats } = rival
    const liveness = await this.ports.processes.probe(rival.server)
    if (liveness === 'gone') return { beats, rounds: Number.POSITIVE_INFINITY }
    if (liveness === 'alive' || (before !== undefined && before.beats !== beats)) throw new HeldError(rival)
    return { beats, rounds: before === undefined ? 0 : before.rounds + 1 }
  }
}

/** Counted in our own rounds, as recovery does: no clock is compared, and a suspended machine ends nobody. */
interface Silence {
  readonly beats: number
  readonly rounds: number
}
