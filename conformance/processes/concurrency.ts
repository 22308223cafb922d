/**
 * Processes that end in one operation end on several processors at once. Most of what comes of it is the same in
 * every order; what is not, the kernel does not promise, and neither side can be held to it. This tells the two apart.
 */
import type { SimProcess } from '../../src/sim/processTable.ts'

/** Default actions that dump memory first: meanwhile another fatal signal can still overtake them (core(5)). */
const DUMPING = new Set<string>(['SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGFPE', 'SIGSEGV', 'SIGBUS', 'SIGSYS'])
DUMPING.add('SIGXCPU').add('SIGXFSZ')

interface Death {
  readonly process: SimProcess
  readonly parent: SimProcess | undefined
}

interface Adoption {
  readonly operation: number
  readonly from: SimProcess | undefined
}

export class Concurrency {
  readonly #adoptions = new Map<SimProcess, Adoption>()
  readonly #parents = new Map<SimProcess, SimProcess | undefined>()
  #deaths: Death[] = []
  #operation = 0
  #isBroad = false

  begin(born: readonly SimProcess[], isBroad: boolean): void {
    this.#operation++
    this.#isBroad = isBroad
    this.#deaths = []
    for (const process of born) this.#parents.set(process, process.parent)
  }

  died(process: SimProcess): void {
    this.#deaths.push({ process, parent: process.parent })
  }

  end(born: readonly SimProcess[]): void {
    for (const process of born) {
      const from = this.#parents.get(process)
      if (this.#parents.has(process) && from !== process.parent) {
        this.#adoptions.set(process, { operation: this.#operation, from })
      }
    }
  }

  get hasDeaths(): boolean {
    return this.#deaths.length > 0
  }

  /** Whether the last operation could have ended otherwise. */
  get isOpen(): boolean {
    if (this.#deaths.length < 2 || this.#deaths.some(({ process }) => process.ns.closed)) return false
    const dead = new Set(this.#deaths.map(({ process }) => process))
    if (this.#isBroad && [...dead].some(({ exit }) => DUMPING.has(exit?.signal ?? ''))) return true
    return this.#deaths.some(
      ({ process, parent }) => parent !== undefined && dead.has(parent) && isDivided(process, parent),
    )
  }

  /** Orphans of two parents that ended at once came to the init in either order: which does it find first? */
  isFirstZombieOpen(parent: SimProcess, born: readonly SimProcess[]): boolean {
    const zombies = born.filter((process) => process.parent === parent && process.state === 'zombie')
    const adoptions = zombies
      .map((process) => this.#adoptions.get(process))
      .filter((adoption) => adoption !== undefined)
    return adoptions.some((one) =>
      adoptions.some((other) => one.operation === other.operation && one.from !== other.from),
    )
  }
}

/** Its parent would leave no zombie and the init would, or would be told: whose child was it when it ended? */
function isDivided({ ns }: SimProcess, parent: SimProcess): boolean {
  if (parent.disposition('SIGCHLD') !== 'ignored') return false
  const { init, initReaps } = ns
  const onChild = init.disposition('SIGCHLD')
  const reapsAtOnce = (initReaps && init.state === 'running') || onChild === 'ignored'
  return !reapsAtOnce || onChild === 'handled'
}
