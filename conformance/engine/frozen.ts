/**
 * The process of a container, frozen: it can be killed, but does not end before it is thawed. In a control group of its
 * own, since runc thaws that of a container which it is to kill.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 2
const SIGKILL_BIT = 1n << 8n

export class Frozen {
  readonly #group: string
  readonly #pid: string

  private constructor(group: string, pid: string) {
    this.#group = group
    this.#pid = pid
  }

  /** Takes the one process that is in the control group. */
  static freeze(group: string): Frozen {
    const held = join(group, 'held')
    const pid = readFileSync(join(group, 'cgroup.procs'), 'utf8').trim()
    mkdirSync(held)
    writeFileSync(join(held, 'cgroup.procs'), pid)
    const state = join(held, 'freezer.state')
    do writeFileSync(state, 'FROZEN')
    while (readFileSync(state, 'utf8').trim() !== 'FROZEN')
    return new Frozen(held, pid)
  }

  /** Resolves when SIGKILL has been sent to it, or after so long. */
  async killed(msMax: number): Promise<void> {
    const deadline = performance.now() + msMax
    while (!this.#isKilled() && performance.now() < deadline) await delay(POLL_MS)
  }

  thaw(): void {
    writeFileSync(join(this.#group, 'freezer.state'), 'THAWED')
  }

  #isKilled(): boolean {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8')
    const pending = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*(\w+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`))
    return pending.some((mask) => (mask & SIGKILL_BIT) !== 0n)
  }
}
