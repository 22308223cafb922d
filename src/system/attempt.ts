/**
 * The actor of one claim: carries the job out and ends the claim. What kind of work it is, its subclasses know; what they
 * share is how a claim is given up and how it ends.
 */
import type { Ending } from '../model/ending.ts'
import type { Ports } from '../ports/index.ts'
import type { Claim } from './job.ts'
import { Latch } from './latch.ts'
import type { Listener } from './listeners.ts'
import type { Options } from './options.ts'
import { persistUnless } from './persist.ts'
import type { Store } from './store.ts'

export interface AttemptHooks {
  failed(error: unknown): void
  /** The machine could not start anything just now, whatever it was. */
  exhausted(error: Error): void
  /** A start that was given up has come through; by now its job may be deleted, and its directory nobody's. */
  strayed(): void
  /** A command was started. */
  started(): void
  /** A slot may have become free. */
  ended(): void
}

export type AttemptParameters = ConstructorParameters<typeof Attempt>

export abstract class Attempt {
  readonly claim: Claim
  protected readonly store: Store
  protected readonly ports: Ports
  protected readonly options: Options
  protected readonly hooks: AttemptHooks
  protected readonly cancelled = new Latch()
  protected readonly abandoned = new Latch()

  constructor(claim: Claim, store: Store, ports: Ports, options: Options, hooks: AttemptHooks) {
    this.hooks = hooks
    this.claim = claim
    this.store = store
    this.ports = ports
    this.options = options
  }

  /** Is its end known here, and only to be written? Then nobody need ask after its process. */
  isEnding = false

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

  /** The life under which the claim is held is over: what can go on without it is left to whoever adopts it. */
  detach(): void {
    this.abandon()
  }

  /** Nobody is to wait for those who look at the run. */
  release(): void {}

  /** Somebody looks at the run; undefined: there is nothing to look at. */
  connect(): Listener | undefined {
    return undefined
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
        case 'taken':
        case 'exhausted':
          return store.requeueJob(claim, ending, nowMs)
        case 'lost':
        case 'stopped':
          throw new Error('an attempt that lives is not lost')
      }
    })
  }

  /** Tries until it can, or until the attempt is abandoned: undefined then. */
  protected write<T>(verb: (nowMs: number) => Promise<T>): Promise<T | undefined> {
    return persistUnless(this.ports.clock, this.abandoned, () => verb(this.ports.clock.nowMs()))
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
