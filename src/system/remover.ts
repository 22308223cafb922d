/**
 * Removes finished jobs whose deletion was asked for: first the directories of their runs, then the rows that know of
 * them. A crash between the two leaves rows, and the next round goes on; it never leaves a directory that nobody knows.
 */
import type { JobId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import type { Store } from './store.ts'

const BATCH = 100

export class Remover {
  private readonly store: Store
  private readonly ports: Ports
  /** Where the next round goes on: what cannot be removed must not keep the rest. */
  private after: JobId | 0 = 0

  constructor(store: Store, ports: Ports) {
    this.store = store
    this.ports = ports
  }

  /** Throws the first error of the files, after everything else has been tried. */
  async round(): Promise<void> {
    let failure: unknown
    const batch = await this.store.removableJobs(this.after, BATCH)
    this.after = batch.length < BATCH ? 0 : batch.at(-1)!.id
    for (const { id, runs } of batch) {
      try {
        for (const run of runs) await this.ports.files.removeRun(run)
        await this.store.removeJob(id)
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }
}
