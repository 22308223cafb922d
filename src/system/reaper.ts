/**
 * Watches over running jobs whose owner may have missed their end. Tier 1: the run's process is dead. Tier 2: its exit is
 * on record for long. Tier 3: it runs for too long. A reap is one guarded write; whoever loses it does nothing. A job in
 * its spawn window (pid NULL) is left to its owner until tier 3.
 */
import type { Fence } from '../model/ids.ts'
import type { Ports, ProcessReference } from '../ports/index.ts'
import type { Running } from './job.ts'
import { killSurvivors } from './kill.ts'
import type { Options } from './options.ts'
import { endingOf } from './outcome.ts'
import type { Store } from './store.ts'

export class Reaper {
  private readonly store: Store
  private readonly ports: Ports
  private readonly options: Options
  private readonly onReaped: (fence: Fence) => void
  /** Claim → rounds in a row in which its process was found dead. */
  private deadTicks = new Map<Fence, number>()

  constructor(store: Store, ports: Ports, options: Options, onReaped: (fence: Fence) => void) {
    this.store = store
    this.ports = ports
    this.options = options
    this.onReaped = onReaped
  }

  async round(): Promise<void> {
    const found = await this.store.running()
    const ticks = new Map<Fence, number>()
    for (const running of found) await this.examine(running, ticks)
    this.deadTicks = ticks
  }

  private async examine(running: Running, ticks: Map<Fence, number>): Promise<void> {
    const { fence } = running
    // Rows of an old database have neither fence nor life: recovery gives them back.
    if (fence === null) return
    if (await this.reapAged(running)) return
    if (await this.reapExited(running)) return
    if (!(await this.isDead(running))) return
    const dead = (this.deadTicks.get(fence) ?? 0) + 1
    if (dead < this.options.deadTicks) {
      ticks.set(fence, dead)
      return
    }
    const error = `process ${running.pid} is gone and nobody heard of its exit`
    await this.reap(running, 'dead', { kind: 'failure', error })
  }

  /** Tier 1's question. Without a pid there is nothing to ask for; a process of another machine cannot be judged from here. */
  protected async isDead(running: Running): Promise<boolean> {
    if (running.pid === null || running.run_finished_at !== null) return false
    return (await this.ports.processes.probe(referenceTo(running))) === 'gone'
  }

  private async reapExited(running: Running): Promise<boolean> {
    const { run_finished_at, exit_code: code, signal, transient_delay_ms } = running
    if (run_finished_at === null || this.ports.clock.nowMs() - run_finished_at < this.options.exitGraceMs) return false
    return this.reap(running, 'exited', endingOf({ code, signal }, transient_delay_ms))
  }

  private async reapAged(running: Running): Promise<boolean> {
    const ageMs = this.ports.clock.nowMs() - (running.started_at ?? 0)
    if (ageMs < this.options.ageMaxMs) return false
    if (running.token !== null) await killSurvivors(this.ports, [running.token])
    return this.reap(running, 'aged', { kind: 'failure', error: `it ran for more than ${this.options.ageMaxMs} ms` })
  }

  private async reap(
    running: Running,
    ...how: [Parameters<Store['reapJob']>[1], Parameters<Store['reapJob']>[2]]
  ): Promise<boolean> {
    const ended = await this.store.reapJob(running, ...how, this.ports.clock.nowMs())
    if (ended === undefined) return false
    this.onReaped(running.fence!)
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
