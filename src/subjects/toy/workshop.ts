/**
 * The workshop: a foreman takes items for a few hands, they do the work under a lease that a heartbeat renews; a sweep takes
 * back what the dead have left. It knows its ports and nothing of a simulator.
 */
import type { RunId } from '../../model/ids.ts'
import { type Ports, SpawnError, type SpawnSpec } from '../../ports/index.ts'
import { HEARTBEAT_MS } from './schema.ts'
import { type Claim, type Finish, type Order, type Release, renew, submit, sweep, take } from './store.ts'

const HANDS = 2
const POLL_MS = 1_000
const SWEEP_MS = 1_500
const RETRY_MS = 100
const PROBE_MS = 1_000

/** How a hand learns that there may be something to do. */
export interface Waiting {
  /** Calls `round` whenever there may be; resolves when the signal has ended it. */
  attend(round: () => Promise<void>, signal: AbortSignal): Promise<void>
  /** There is something new. */
  ring(): void
}

/** What a defect may exchange. */
export interface Parts {
  waiting(ports: Ports): Waiting
  readonly finish: Finish
  readonly release: Release
}

export function poll({ clock }: Ports): Waiting {
  return {
    attend: (round, signal) => clock.every('poll', POLL_MS, round, signal),
    ring: () => undefined,
  }
}

/** Lets an outsider know that this work belongs to this claim. */
export type Owning = <T>(claim: Claim, work: () => T) => T

export class Workshop {
  private readonly ports: Ports
  private readonly parts: Parts
  private readonly owning: Owning
  private readonly waiting: Waiting
  private readonly busy = new Set<Promise<void>>()
  private loops: Promise<unknown> = Promise.resolve()

  constructor(ports: Ports, parts: Parts, owning: Owning) {
    this.ports = ports
    this.parts = parts
    this.owning = owning
    this.waiting = parts.waiting(ports)
  }

  open(signal: AbortSignal): void {
    const { clock } = this.ports
    const foreman = this.waiting.attend(() => this.handOut(signal), signal)
    this.loops = Promise.all([foreman, clock.every('sweep', SWEEP_MS, () => this.sweep(), signal)])
  }

  /** Resolves when the hands have laid down their work. */
  async closed(): Promise<void> {
    await this.loops
    await Promise.all(this.busy)
  }

  async submit(name: string, order: Order): Promise<void> {
    await submit(this.ports, name, order)
    this.waiting.ring()
  }

  /** Takes items as long as there are any and a hand is free for them. */
  private async handOut(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.busy.size < HANDS) {
      const claim = await this.persist(() => take(this.ports))
      if (claim === undefined) return
      const work = this.owning(claim, () => this.work(claim)).finally(() => {
        this.busy.delete(work)
        this.waiting.ring()
      })
      this.busy.add(work)
    }
  }

  private async work(claim: Claim): Promise<void> {
    const { ports, parts } = this
    const working = new AbortController()
    const beat = () => renew(ports, claim).catch(tolerate)
    const heart = ports.clock.every('heartbeat', HEARTBEAT_MS, beat, working.signal)
    await (claim.child ? this.employ(claim) : ports.clock.sleep(claim.workMs))
    working.abort('the work is done')
    await heart
    await this.persist(() => parts.finish(ports, claim))
    // If it fails, a sweep will find the slot.
    await parts.release(ports, claim).catch(tolerate)
  }

  /** A child does the work. The notice of its exit may be lost, so its identity is asked for now and then. */
  private async employ(claim: Claim): Promise<void> {
    const { processes, clock, random } = this.ports
    const child = await this.persist(() => processes.spawn(workOf(claim, random.token())))
    let over = false
    const exited = child.exited.then(() => {
      over = true
    })
    const gone = async () => {
      while (!over && (await processes.probe(child.identity)) === 'alive') await clock.sleep(PROBE_MS)
    }
    await Promise.race([exited, gone()])
  }

  private async sweep(): Promise<void> {
    try {
      if (await sweep(this.ports)) this.waiting.ring()
    } catch (error) {
      tolerate(error)
    }
  }

  /** Tries until it works; not in step with others that were turned away by the same thing. */
  private async persist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        tolerate(error)
        const { clock, random } = this.ports
        await clock.sleep(RETRY_MS * (0.5 + random.unit()))
      }
    }
  }
}

/** What a machine may do to anybody at any time. */
export function tolerate(error: unknown): void {
  if (error instanceof SpawnError && !error.permanent) return
  if (error instanceof Error && 'code' in error && /^SQLITE_(BUSY|FULL|IOERR)/.test(String(error.code))) return
  throw error
}

/** As many hexadecimal digits as a whole number holds. */
const RUN_DIGITS = 12

/** Each try has a directory of its own, so a name that nobody else will draw. */
function workOf({ workMs, fence }: Claim, name: string): SpawnSpec {
  return {
    argv: ['work', String(workMs)],
    token: fence,
    environment: {},
    directory: undefined,
    run: Number.parseInt(name.slice(0, RUN_DIGITS), 16) as RunId,
  }
}
