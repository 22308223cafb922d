/** The real kernel's processes, behind their helper. */
import type { Skipped } from '../family.ts'
import { Helper } from './helper.ts'

const SOURCES = ['helper.c', 'worker.c', 'watch.c']

export interface Machine {
  /** Root of the machine may have processes of several uids, root of a user namespace of one. */
  readonly isRoot: boolean
  /** The limit of a new pid namespace. */
  readonly pidMax: number
  /** Whether each namespace can have a limit of its own: since Linux 6.14. */
  readonly hasOwnLimit: boolean
}

export class Kernel {
  readonly machine: Machine
  readonly #helper: Helper

  private constructor(helper: Helper) {
    const [who, pidMax, limit] = helper.traits
    this.#helper = helper
    this.machine = { isRoot: who === 'root', pidMax: Number(pidMax), hasOwnLimit: limit === 'limited' }
  }

  /** Throws UsageError where the helper cannot be compiled. */
  static async start(): Promise<Kernel | Skipped> {
    const helper = await Helper.start(SOURCES)
    return helper instanceof Helper ? new Kernel(helper) : helper
  }

  run(commands: readonly string[]): Promise<string[]> {
    return this.#helper.run(commands)
  }

  stop(): Promise<void> {
    return this.#helper.stop()
  }
}
