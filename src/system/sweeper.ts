/**
 * Ends processes that nobody answers for: they carry this installation's token, but their run is finished or its life
 * has ended. A spawn that came through after its run was given up, and whose server died before it could kill it, is
 * found by nothing else.
 */
import type { Ports } from '../ports/index.ts'
import type { Store } from './store.ts'

export class Sweeper {
  private readonly store: Store
  private readonly ports: Ports
  private installation: string | undefined

  constructor(store: Store, ports: Ports) {
    this.store = store
    this.ports = ports
  }

  async sweep(): Promise<void> {
    this.installation ??= await this.store.installation()
    const { processes } = this.ports
    const carriers = await processes.carrying([this.installation])
    if (carriers.length === 0) return
    // A run is on record before its process exists, so whatever was seen and is not under way now is over.
    const over = new Set(await this.store.runsOver(carriers.map(({ token }) => token)))
    for (const identity of carriers) if (over.has(identity.token)) await processes.signalGroup(identity, 'SIGKILL')
  }
}
