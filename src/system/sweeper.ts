/**
 * Ends what nobody answers for: it carries this installation's token, but its run is finished or its life has ended. A
 * start that came through after its run was given up, and whose server died before it could end it, is found by nothing
 * else.
 */
import { ContainerError, type Ports } from '../ports/index.ts'
import { labels } from './containerLauncher.ts'
import type { Store } from './store.ts'

export class Sweeper {
  private readonly store: Store
  private readonly ports: Ports
  private installation: string | undefined

  constructor(store: Store, ports: Ports) {
    this.store = store
    this.ports = ports
  }

  /** `usesContainers`: there may be some. Returns why their engine could not be asked. */
  async sweep(usesContainers: boolean): Promise<ContainerError | undefined> {
    this.installation ??= await this.store.installation()
    await this.sweepProcesses(this.installation)
    return usesContainers ? await this.sweepContainers(this.installation) : undefined
  }

  private async sweepProcesses(installation: string): Promise<void> {
    const { processes } = this.ports
    const carriers = await processes.carrying([installation])
    if (carriers.length === 0) return
    // A run is on record before its process exists, so whatever was seen and is not under way now is over.
    const over = new Set(await this.store.runsOver(carriers.map(({ token }) => token)))
    for (const identity of carriers) if (over.has(identity.token)) await processes.signalGroup(identity, 'SIGKILL')
  }

  private async sweepContainers(installation: string): Promise<ContainerError | undefined> {
    const { containers } = this.ports
    const found = await unlessRefused(containers.list({ [labels.installation]: installation }))
    if (found instanceof ContainerError) return found
    if (found.length === 0) return undefined
    const tokenOf = ({ labels: { [labels.fence]: token = '' } }: (typeof found)[number]) => token
    const over = new Set(await this.store.containersOver(found.map(tokenOf)))
    // One that cannot be removed must not keep the rest.
    for (const report of found) if (over.has(tokenOf(report))) await unlessRefused(containers.remove(report.id))
    return undefined
  }
}

/** An engine that is down, or busy with it already, is asked again in the next round. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | ContainerError> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ContainerError) return error
    throw error
  }
}
