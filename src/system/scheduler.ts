/** Claims what is claimable and hands it to the launcher: on a timer, and at once when somebody knows of something. */
import type { Ports } from '../ports/index.ts'
import type { Claim, OwnLife } from './job.ts'
import type { Store } from './store.ts'

export interface SchedulerHooks {
  /** The tasks for which this server has a handler. */
  readonly tasks: readonly string[]
  /** May jobs be started? False while the disk is full. */
  hasRoom(): boolean
  life(): OwnLife
  launch(claim: Claim): void
  /** Is there an attempt that could be told of a cancel? */
  isRunning(): boolean
  cancel(fence: Claim['fence']): void
  /** This life was given up by another server. */
  lifeLost(life: OwnLife): Promise<void>
  failed(error: unknown): void
}

export class Scheduler {
  private readonly store: Store
  private readonly ports: Ports
  private readonly hooks: SchedulerHooks
  private readonly stopped: AbortSignal
  private round: Promise<void> | undefined
  private again = false

  constructor(store: Store, ports: Ports, hooks: SchedulerHooks, stopped: AbortSignal) {
    this.store = store
    this.ports = ports
    this.hooks = hooks
    this.stopped = stopped
  }

  /** One round at a time; a wake during a round is followed by one more. Resolves when it is over; never throws. */
  wake(): Promise<void> {
    if (this.round !== undefined) {
      this.again = true
      return this.round
    }
    this.round = this.rounds().finally(() => {
      this.round = undefined
    })
    return this.round
  }

  private async rounds(): Promise<void> {
    do {
      this.again = false
      try {
        await this.forwardCancels()
        await this.claimAll()
      } catch (error) {
        // The next poll tries again.
        this.hooks.failed(error)
      }
    } while (this.again && !this.stopped.aborted)
  }

  /** Cancels may have been accepted by another process on the database. */
  private async forwardCancels(): Promise<void> {
    if (!this.hooks.isRunning()) return
    for (const { fence } of await this.store.cancelRequests(this.hooks.life().id)) this.hooks.cancel(fence)
  }

  private async claimAll(): Promise<void> {
    while (!this.stopped.aborted && this.hooks.hasRoom()) {
      const { random, clock } = this.ports
      const life = this.hooks.life()
      const claim = await this.store.claimNextJob(life, () => random.token(), this.hooks.tasks, clock.nowMs())
      if (claim === undefined) return
      if (claim === 'ended') await this.hooks.lifeLost(life)
      // A claim of a life that was given up meanwhile goes back to the queue with all that was running under it.
      else if (life === this.hooks.life()) this.hooks.launch(claim)
    }
  }
}
