/** Owns the attempts of this server: launches claims, tells attempts of cancels, waits for them at a stop. */
import type { Fence } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import { Attempt } from './attempt.ts'
import type { Claim } from './job.ts'
import type { Options } from './options.ts'
import { persist } from './persist.ts'
import type { Store } from './store.ts'

export class Launcher {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly attempts = new Map<Fence, { attempt: Attempt; ended: Promise<void> }>()
  private readonly onEnd: () => void
  private readonly onError: (error: unknown) => void

  /** `onEnd` is called whenever a slot may have become free. */
  constructor(store: Store, ports: Ports, options: Options, onEnd: () => void, onError: (error: unknown) => void) {
    this.store = store
    this.ports = ports
    this.options = options
    this.onEnd = onEnd
    this.onError = onError
  }

  /** Starts the actor of a claim and returns at once. */
  launch(claim: Claim): void {
    const attempt = this.newAttempt(claim, this.store, this.ports, this.options)
    const ended = attempt
      .run()
      .catch((error: unknown) => this.giveBack(claim, error))
      .finally(() => {
        this.attempts.delete(claim.fence)
        this.onEnd()
      })
    this.attempts.set(claim.fence, { attempt, ended })
  }

  protected newAttempt(...parameters: ConstructorParameters<typeof Attempt>): Attempt {
    return new Attempt(...parameters)
  }

  cancel(fence: Fence): void {
    this.attempts.get(fence)?.attempt.cancel()
  }

  get isRunning(): boolean {
    return this.attempts.size > 0
  }

  /** The claim has been ended by somebody else. */
  abandon(fence: Fence): void {
    this.attempts.get(fence)?.attempt.abandon()
  }

  /** Ends all processes without writing: this life has been given up by another server. */
  async abandonAll(): Promise<void> {
    for (const { attempt } of this.attempts.values()) attempt.abandon()
    await this.drained()
  }

  async drained(): Promise<void> {
    while (this.attempts.size > 0) await Promise.all([...this.attempts.values()].map(({ ended }) => ended))
  }

  /** An attempt must not throw; if it does, its job must not be stranded for that. */
  private async giveBack(claim: Claim, error: unknown): Promise<void> {
    this.onError(error)
    const text = `launch error: ${error instanceof Error ? error.message : String(error)}`
    const { clock } = this.ports
    await persist(clock, () => this.store.requeueJob(claim, { kind: 'launch', error: text }, clock.nowMs()))
  }
}
