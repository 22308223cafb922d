/** The actors of this server's runs: starts one for each claim, tells them of cancels, waits for them at a stop. */
import type { ContainerId, Fence, JobId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { Attempt, AttemptHooks } from './attempt.ts'
import { ContainerAttempt } from './containerAttempt.ts'
import type { Claim } from './job.ts'
import type { Launchers } from './launchers.ts'
import type { Listener } from './listeners.ts'
import type { Options } from './options.ts'
import { persist } from './persist.ts'
import { ProcessAttempt } from './processAttempt.ts'
import type { Store } from './store.ts'
import type { Handlers } from './task.ts'
import { TaskAttempt } from './taskAttempt.ts'

export interface RegistryHooks extends AttemptHooks {
  readonly handlers: Handlers
}

interface Entry {
  readonly attempt: Attempt
  readonly ended: Promise<void>
}

export class Registry {
  protected readonly entries = new Map<Fence, Entry>()
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly launchers: Launchers
  private readonly hooks: RegistryHooks
  private isLettingGo = false

  constructor(store: Store, ports: Ports, options: Options, launchers: Launchers, hooks: RegistryHooks) {
    this.store = store
    this.ports = ports
    this.options = options
    this.launchers = launchers
    this.hooks = hooks
  }

  /** Starts the actor of a claim and returns at once. */
  launch(claim: Claim): void {
    const attempt = this.attemptAt(claim)
    this.enter(attempt, attempt.run())
  }

  /** Starts the actor of a claim whose container runs already. */
  resume(claim: Claim, container: ContainerId): void {
    const attempt = this.newContainerAttempt(this.launchers.containers, ...this.parametersOf(claim))
    this.enter(attempt, attempt.resume(container))
  }

  cancel(fence: Fence): void {
    this.entries.get(fence)?.attempt.cancel()
  }

  /** Is this run ended here, or is its end known and only to be written? Then nobody need find out how it ended. */
  isEnding(fence: Fence): boolean {
    return this.isLettingGo || (this.entries.get(fence)?.attempt.isEnding ?? false)
  }

  /** Has the run an actor here? */
  keeps(fence: Fence): boolean {
    return this.entries.has(fence)
  }

  get isRunning(): boolean {
    return this.entries.size > 0
  }

  /** What the actors here work for. */
  get claims(): readonly Claim[] {
    return [...this.entries.values()].map(({ attempt }) => attempt.claim)
  }

  /** The claim has been ended by somebody else. */
  abandon(fence: Fence): void {
    this.entries.get(fence)?.attempt.abandon()
  }

  /** Looks at the latest run of a job, so that it is kept for a while when it has ended; undefined: none is here. */
  connect(job: JobId): Listener | undefined {
    return [...this.entries.values()].findLast(({ attempt }) => attempt.claim.id === job)?.attempt.connect()
  }

  /** Keeps nothing any more for those who look at it. */
  releaseAll(): void {
    for (const { attempt } of this.entries.values()) attempt.release()
  }

  /**
   * Lets go of all work, also of what comes from now on, and ends what cannot go on without this life; writes nothing.
   * Returns how many runs it was.
   */
  async detachAll(): Promise<number> {
    this.isLettingGo = true
    const detached = this.entries.size
    for (const { attempt } of this.entries.values()) attempt.detach()
    await this.drained()
    return detached
  }

  /** There is a life again under which to work. */
  begin(): void {
    this.isLettingGo = false
  }

  async drained(): Promise<void> {
    while (this.entries.size > 0) await Promise.all([...this.entries.values()].map(({ ended }) => ended))
  }

  private enter(attempt: Attempt, run: Promise<void>): void {
    const { claim } = attempt
    const ended = run
      .catch((error: unknown) => this.giveBack(claim, error))
      .catch((error: unknown) => this.hooks.failed(error))
      .finally(() => {
        this.leave(attempt)
        this.hooks.ended()
      })
    this.entries.set(claim.fence, { attempt, ended })
    // A claim or an adoption that was under way when the life ended.
    if (this.isLettingGo) attempt.detach()
  }

  /** Not by the fence alone: the run may have been adopted meanwhile, and have another actor here. */
  protected leave(attempt: Attempt): void {
    const { fence } = attempt.claim
    if (this.entries.get(fence)?.attempt === attempt) this.entries.delete(fence)
  }

  private attemptAt(claim: Claim): Attempt {
    const { task, image } = claim.job
    const parameters = this.parametersOf(claim)
    if (task !== null) return this.newTaskAttempt(...parameters, this.hooks.handlers[task]!)
    if (image !== null) return this.newContainerAttempt(this.launchers.containers, ...parameters)
    return this.newProcessAttempt(this.launchers.processes, ...parameters)
  }

  private parametersOf(claim: Claim): ConstructorParameters<typeof Attempt> {
    return [claim, this.store, this.ports, this.options, this.hooks]
  }

  protected newProcessAttempt(...parameters: ConstructorParameters<typeof ProcessAttempt>): Attempt {
    return new ProcessAttempt(...parameters)
  }

  protected newContainerAttempt(...parameters: ConstructorParameters<typeof ContainerAttempt>): ContainerAttempt {
    return new ContainerAttempt(...parameters)
  }

  protected newTaskAttempt(...parameters: ConstructorParameters<typeof TaskAttempt>): Attempt {
    return new TaskAttempt(...parameters)
  }

  /** An attempt must not throw; if it does, its job must not be stranded for that. */
  private async giveBack(claim: Claim, error: unknown): Promise<void> {
    this.hooks.failed(error)
    const text = `launch error: ${error instanceof Error ? error.message : String(error)}`
    const { clock } = this.ports
    await persist(clock, () => this.store.requeueJob(claim, { kind: 'launch', error: text }, clock.nowMs()))
  }
}
