/** Owns the attempts of this server: launches claims, tells attempts of cancels, waits for them at a stop. */
import type { Fence } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { Attempt, AttemptHooks } from './attempt.ts'
import type { Claim } from './job.ts'
import type { Options } from './options.ts'
import { persist } from './persist.ts'
import { ProcessAttempt } from './processAttempt.ts'
import type { Store } from './store.ts'
import type { Handlers } from './task.ts'
import { TaskAttempt } from './taskAttempt.ts'

export interface LauncherHooks extends AttemptHooks {
  readonly handlers: Handlers
  /** Called whenever a slot may have become free. */
  ended(): void
}

export class Launcher {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly attempts = new Map<Fence, { attempt: Attempt; ended: Promise<void> }>()
  private readonly hooks: LauncherHooks

  constructor(store: Store, ports: Ports, options: Options, hooks: LauncherHooks) {
    this.store = store
    this.ports = ports
    this.options = options
    this.hooks = hooks
  }

  /** Starts the actor of a claim and returns at once. */
  launch(claim: Claim): void {
    const attempt = this.attemptAt(claim)
    const ended = attempt
      .run()
      .catch((error: unknown) => this.giveBack(claim, error))
      .catch((error: unknown) => this.hooks.failed(error))
      .finally(() => {
        this.attempts.delete(claim.fence)
        this.hooks.ended()
      })
    this.attempts.set(claim.fence, { attempt, ended })
  }

  private attemptAt(claim: Claim): Attempt {
    const { store, ports, options, hooks } = this
    const { task } = claim.job
    if (task === null) return this.newProcessAttempt(claim, store, ports, options, hooks)
    return this.newTaskAttempt(claim, store, ports, options, hooks, hooks.handlers[task]!)
  }

  protected newProcessAttempt(...parameters: ConstructorParameters<typeof ProcessAttempt>): Attempt {
    return new ProcessAttempt(...parameters)
  }

  protected newTaskAttempt(...parameters: ConstructorParameters<typeof TaskAttempt>): Attempt {
    return new TaskAttempt(...parameters)
  }

  cancel(fence: Fence): void {
    this.attempts.get(fence)?.attempt.cancel()
  }

  /** Is the end of this run known here, and only to be written? */
  isEnding(fence: Fence): boolean {
    return this.attempts.get(fence)?.attempt.isEnding ?? false
  }

  get isRunning(): boolean {
    return this.attempts.size > 0
  }

  /** The claim has been ended by somebody else. */
  abandon(fence: Fence): void {
    this.attempts.get(fence)?.attempt.abandon()
  }

  /** Ends all work without writing. Returns how many runs it was. */
  async abandonAll(): Promise<number> {
    const abandoned = this.attempts.size
    for (const { attempt } of this.attempts.values()) attempt.abandon()
    await this.drained()
    return abandoned
  }

  async drained(): Promise<void> {
    while (this.attempts.size > 0) await Promise.all([...this.attempts.values()].map(({ ended }) => ended))
  }

  /** An attempt must not throw; if it does, its job must not be stranded for that. */
  private async giveBack(claim: Claim, error: unknown): Promise<void> {
    this.hooks.failed(error)
    const text = `launch error: ${error instanceof Error ? error.message : String(error)}`
    const { clock } = this.ports
    await persist(clock, () => this.store.requeueJob(claim, { kind: 'launch', error: text }, clock.nowMs()))
  }
}
