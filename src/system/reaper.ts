/**
 * Watches over the running jobs of this server, whose owner may have missed their end. Tier 1: the run's process is dead.
 * Tier 2: its exit is on record for long. Tier 3: it runs for too long. A reap is one guarded write; whoever loses it does
 * nothing. A job in its spawn window (pid NULL) is left to its launcher until tier 3. Jobs of other servers are theirs to
 * reap, or recovery's once they are gone: only its own host can judge a pid, and end what still lives. Durations are
 * counted on the monotonic clock from where a thing was first seen: a step of the wall clock must not end a live run.
 */
import type { Fence } from '../model/ids.ts'
import type { Ports, ProcessReference } from '../ports/index.ts'
import type { Running } from './job.ts'
import { killSurvivors } from './kill.ts'
import type { Options } from './options.ts'
import { endingOf } from './outcome.ts'
import type { Store } from './store.ts'

export interface ReaperHooks {
  /** Is the end of this run known to its attempt, and only to be written? */
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
  private readonly hooks: ReaperHooks
  private watches = new Map<Fence, Watch>()

  constructor(store: Store, ports: Ports, options: Options, hooks: ReaperHooks) {
    this.store = store
    this.ports = ports
    this.options = options
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
    const deadTicks = (await this.isDead(running)) ? (before?.deadTicks ?? 0) + 1 : 0
    if (deadTicks >= limit && (await this.reapDead(running))) return undefined
    return { sinceMs, exitedSinceMs, deadTicks, told: before?.told ?? false }
  }

  /** Tier 1's question. Without a pid there is nothing to ask for. */
  protected async isDead(running: Running): Promise<boolean> {
    if (running.pid === null || running.run_finished_at !== null) return false
    // Its process is gone, and why is known: what is missing is a database that takes it.
    if (this.hooks.isEnding(running.fence!)) return false
    return (await this.ports.processes.probe(referenceTo(running))) === 'gone'
  }

  private reapDead(running: Running): Promise<boolean> {
    const error = `process ${running.pid} is gone and nobody heard of its exit`
    return this.reap(running, 'dead', { kind: 'failure', error })
  }

  private reapExited(running: Running): Promise<boolean> {
    const { exit_code: code, signal, transient_delay_ms } = running
    return this.reap(running, 'exited', endingOf({ code, signal }, transient_delay_ms))
  }

  private async reapAged(running: Running): Promise<boolean> {
    if (!(await killSurvivors(this.ports, [running.token!]))) return false
    return this.reap(running, 'aged', { kind: 'failure', error: `it ran for more than ${this.options.ageMaxMs} ms` })
  }

  private async reap(
    running: Running,
    ...how: [Parameters<Store['reapJob']>[1], Parameters<Store['reapJob']>[2]]
  ): Promise<boolean> {
    const ended = await this.store.reapJob(running, ...how, this.ports.clock.nowMs())
    if (ended === undefined) return false
    this.hooks.abandon(running.fence!)
    return true
  }
}

/** Everything that is known of the run's process. */
export function referenceTo({ pid, token, start_time, boot_id, pid_namespace }: Running): ProcessReference {
  return {
    pid: pid!,
    ...(token === null ? {} : { token }),
    ...(start_time === null ? {} : { startTime: start_time }),
    ...(boot_id === null ? {} : { bootId: boot_id }),
    ...(pid_namespace === null ? {} : { pidNamespace: pid_namespace }),
  }
}
