/**
 * Watches over the running jobs of this server, whose owner may have missed their end. Tier 1: the run's process is dead.
 * Tier 2: its exit is on record for long. Tier 3: it runs for too long. A reap is one guarded write; whoever loses it does
 * nothing. A job in its spawn window (no run stamped on it) is left to its actor until tier 3. Jobs of other servers are theirs to
 * reap, or recovery's once they are gone: only its own host can judge a pid, and end what still lives. Durations are
 * counted on the monotonic clock from where a thing was first seen: a step of the wall clock must not end a live run.
 */
import type { Fence } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { Running } from './job.ts'
import type { Health } from './launcher.ts'
import { type Launchers, launcherOf } from './launchers.ts'
import type { Options } from './options.ts'
import { endingOf } from './outcome.ts'
import type { Reap, Store } from './store.ts'

export interface ReaperHooks {
  /** Is this run ended here, or is its end known and only to be written? */
  isEnding(fence: Fence): boolean
  /** Tells the attempt that its claim has ended, or will. */
  abandon(fence: Fence): void
}

/** What earlier rounds saw of a claim. */
interface Watch {
  readonly sinceMs: number
  readonly exitedSinceMs: number | undefined
  /** Rounds in a row in which its process was found dead. */
  readonly deadTicks: number
  /** A task that has run for too long was told to end. */
  readonly told: boolean
}

export class Reaper {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  protected readonly launchers: Launchers
  private readonly hooks: ReaperHooks
  private watches = new Map<Fence, Watch>()

  constructor(store: Store, ports: Ports, options: Options, launchers: Launchers, hooks: ReaperHooks) {
    this.store = store
    this.ports = ports
    this.options = options
    this.launchers = launchers
    this.hooks = hooks
  }

  async round(found: readonly Running[]): Promise<void> {
    const watches = new Map<Fence, Watch>()
    for (const running of found) {
      const { fence } = running
      const watch = await this.examine(running, this.watches.get(fence!))
      if (watch !== undefined) watches.set(fence!, watch)
    }
    this.watches = watches
  }

  /** What the next round should know; undefined: the claim was reaped. */
  private async examine(running: Running, before: Watch | undefined): Promise<Watch | undefined> {
    const { ageMaxMs, exitGraceMs, deadTicks: limit } = this.options
    const nowMs = this.ports.clock.monotonicMs()
    const { sinceMs } = before ?? { sinceMs: nowMs }
    const exitedSinceMs = running.run_finished_at === null ? undefined : (before?.exitedSinceMs ?? nowMs)
    if (nowMs - sinceMs >= ageMaxMs && !this.hooks.isEnding(running.fence!)) {
      // Nobody can kill a handler: it gets until the next round to end by itself.
      if (running.task !== null && before?.told !== true) {
        this.hooks.abandon(running.fence!)
        return { sinceMs, exitedSinceMs, deadTicks: 0, told: true }
      }
      if (await this.reapAged(running)) return undefined
    }
    if (exitedSinceMs !== undefined && nowMs - exitedSinceMs >= exitGraceMs && (await this.reapExited(running)))
      return undefined
    const health = await this.health(running)
    const isOver = health !== undefined && health.state !== 'running' && health.state !== 'unknown'
    const deadTicks = isOver ? (before?.deadTicks ?? 0) + 1 : 0
    if (isOver && deadTicks >= limit && (await this.reapOver(running, health))) return undefined
    return { sinceMs, exitedSinceMs, deadTicks, told: before?.told ?? false }
  }

  /** Tier 1's question. Before the stamp there is nothing to ask for. */
  protected async health(running: Running): Promise<Health | undefined> {
    if (running.run_id === null || running.run_finished_at !== null) return undefined
    // It is over, and how it ended is known: what is missing is a database that takes it.
    if (this.hooks.isEnding(running.fence!)) return undefined
    return await launcherOf(this.launchers, running)?.health(running)
  }

  /** Nobody heard of its end; how it ended, the launcher may still know. */
  private reapOver(running: Running, health: Health): Promise<boolean> {
    // It may be heard of while this is under way.
    const isOvertaken = () => this.hooks.isEnding(running.fence!)
    if ('outcome' in health) {
      const { outcome } = health
      const ending = endingOf(outcome, running.transient_delay_ms)
      return this.reap(running, { reason: 'exited', ending, outcome, isOvertaken })
    }
    const what = running.image === null ? `process ${running.pid}` : 'its container'
    const error = `${what} is gone and nobody heard of its exit`
    return this.reap(running, { reason: 'dead', ending: { kind: 'failure', error }, isOvertaken })
  }

  private reapExited(running: Running): Promise<boolean> {
    const { exit_code: code, signal, transient_delay_ms } = running
    return this.reap(running, { reason: 'exited', ending: endingOf({ code, signal }, transient_delay_ms) })
  }

  private async reapAged(running: Running): Promise<boolean> {
    const launcher = launcherOf(this.launchers, running)
    if (launcher !== undefined && !(await launcher.endAll([running.token!]))) return false
    const error = `it ran for more than ${this.options.ageMaxMs} ms`
    return this.reap(running, { reason: 'aged', ending: { kind: 'failure', error } })
  }

  private async reap(running: Running, reap: Reap): Promise<boolean> {
    if ((await this.store.reapJob(running, reap, this.ports.clock.nowMs())) === undefined) return false
    this.hooks.abandon(running.fence!)
    return true
  }
}
