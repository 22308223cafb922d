/**
 * The actor of one claim: carries the job out and ends the claim. What kind of work it is, its subclasses know; what they
 * share is how a claim is given up and how it ends.
 */
import type { Ending } from '../model/ending.ts'
import type { Ports } from '../ports/index.ts'
import type { Claim } from './job.ts'
import { Latch } from './latch.ts'
import type { Options } from './options.ts'
import { persist } from './persist.ts'
import type { Store } from './store.ts'

export abstract class Attempt {
  readonly claim: Claim
  protected readonly store: Store
  protected readonly ports: Ports
  protected readonly options: Options
  protected readonly cancelled = new Latch()
  protected readonly abandoned = new Latch()

  constructor(claim: Claim, store: Store, ports: Ports, options: Options) {
    this.claim = claim
    this.store = store
    this.ports = ports
    this.options = options
  }

  /** Resolves when nothing of the claim is left here. */
  abstract run(): Promise<void>

  /** A cancel was accepted: end the work, then the claim. */
  cancel(): void {
    this.cancelled.set()
  }

  /** Somebody else has ended the claim, or will: end the work and write nothing more. */
  abandon(): void {
    this.abandoned.set()
  }

  protected async end(ending: Ending): Promise<void> {
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

  protected write<T>(verb: (nowMs: number) => Promise<T>): Promise<T> {
    return persist(this.ports.clock, () => verb(this.ports.clock.nowMs()))
  }

  /** `undefined` after `ms`, whether or not somebody still waits; call `stop` when nobody does. */
  protected timer(ms: number): { readonly over: Promise<undefined>; stop(): void } {
    const controller = new AbortController()
    const over = this.ports.clock.sleep(ms, controller.signal).then(
      () => undefined,
      () => undefined,
    )
    return { over, stop: () => controller.abort(NO_LONGER_NEEDED) }
  }
}

/** A reason of our own: the default one is an exception with a stack. */
const NO_LONGER_NEEDED = 'no longer needed'
