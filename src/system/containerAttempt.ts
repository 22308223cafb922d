/**
 * A claim whose work is a container. It outlives its server: a life that ends lets go of it, and whoever comes next adopts
 * it. When the work has ended and its job with it, the container is kept while somebody looks at it, for `keepaliveMs` at
 * most; then it is removed, and only then is the run finished.
 */
import type { ContainerId } from '../model/ids.ts'
import type { AttemptParameters } from './attempt.ts'
import { CommandAttempt } from './commandAttempt.ts'
import type { ContainerLauncher, ContainerWork } from './containerLauncher.ts'
import { firstOf, Latch } from './latch.ts'
import { type Listener, Listeners } from './listeners.ts'
import { persistUnless } from './persist.ts'

const AGAIN_MS = 1_000

export class ContainerAttempt extends CommandAttempt<ContainerWork> {
  protected override readonly launcher: ContainerLauncher
  private readonly listeners = new Listeners()
  private readonly released = new Latch()
  private readonly detached = new Latch()
  private isStamped = false
  private isWaiting = false

  constructor(launcher: ContainerLauncher, ...parameters: AttemptParameters) {
    super(...parameters)
    this.launcher = launcher
  }

  override connect(): Listener {
    return this.listeners.connect()
  }

  /** While it waits there is nothing to cancel but the wait. */
  override cancel(): void {
    if (this.isWaiting) this.released.set()
    else super.cancel()
  }

  override release(): void {
    this.released.set()
  }

  override detach(): void {
    this.detached.set()
    this.abandon()
  }

  /** Goes on with what an earlier life has started. */
  async resume(container: ContainerId): Promise<void> {
    await this.untilOver(async () => {
      const work = this.launcher.watch(this.claim, container, this.over.signal)
      this.listen(work)
      await this.carryOn(work)
    })
  }

  protected override launch(): Promise<ContainerWork> {
    return this.launcher.launch(this.claim, this.over.signal)
  }

  protected override async carryOn(work: ContainerWork): Promise<void> {
    this.isStamped = true
    await super.carryOn(work)
    if (this.detached.isSet) return
    this.isWaiting = true
    this.hooks.ended()
    await this.linger()
    await this.discard()
  }

  /** What has a stamp may be adopted. */
  protected override async endAll(): Promise<boolean> {
    return (this.isStamped && this.detached.isSet) || (await super.endAll())
  }

  protected async linger(): Promise<void> {
    if (this.abandoned.isSet) return
    const timer = this.timer(this.options.keepaliveMs)
    await firstOf({
      alone: this.listeners.gone(),
      released: this.released.happened,
      abandoned: this.abandoned.happened,
      over: timer.over,
    })
    timer.stop()
  }

  /** A run is finished when its container is gone. */
  protected async discard(): Promise<void> {
    const { clock } = this.ports
    while (!this.detached.isSet && !(await super.endAll()))
      await firstOf({ later: clock.sleep(AGAIN_MS), detached: this.detached.happened })
    if (this.detached.isSet) return
    await persistUnless(clock, this.detached, () => this.store.closeRun(this.claim.fence))
  }
}
