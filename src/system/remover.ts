/**
 * Removes finished jobs whose deletion was asked for: first the directories of their runs, then the rows that know of
 * them. A crash between the two leaves rows, and the next round goes on. What the runs of several jobs have in common
 * goes last, when no job knows of it any more.
 */
import type { JobId } from '../model/ids.ts'
import type { Ports } from '../ports/index.ts'
import { mountPlace, placesOf, runPlace } from './runPlace.ts'
import type { Removable, Store } from './store.ts'

const BATCH = 100

export class Remover {
  private readonly store: Store
  private readonly ports: Ports
  /** Where the next round goes on: what cannot be removed must not keep the rest. */
  private after: JobId | 0 = 0
  /** At its start a server does not know what those before it have left. */
  private suspects = true

  constructor(store: Store, ports: Ports) {
    this.store = store
    this.ports = ports
  }

  /** Removes this one, if it is finished and to be deleted. Throws what keeps its files. */
  async remove(id: JobId): Promise<boolean> {
    const removable = await this.store.removableJob(id)
    return removable !== undefined && (await this.removeAll(removable))
  }

  /** There may be directories that nobody knows: the next round looks for them. */
  suspectStrays(): void {
    this.suspects = true
  }

  /** Throws the first error of the files, after everything else has been tried. */
  async round(): Promise<void> {
    let failure = await this.removeStrays()
    const batch = await this.store.removableJobs(this.after, BATCH)
    this.after = batch.length < BATCH ? 0 : batch.at(-1)!.id
    for (const removable of batch) {
      try {
        await this.removeAll(removable)
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }

  private async removeAll({ id, runs, mount }: Removable): Promise<boolean> {
    const { files } = this.ports
    for (const run of runs) await files.remove(runPlace(run))
    const removed = await this.store.removeJob(id)
    if (mount === null) return removed
    await this.removeMount(mount)
    return removed
  }

  /** Nobody but a look for strays knows of it any more. */
  private async removeMount(mount: string): Promise<void> {
    try {
      for (const unknown of await this.store.unknownMounts([mount])) await this.ports.files.remove(mountPlace(unknown))
    } catch (error) {
      this.suspects = true
      throw error
    }
  }

  /** A start that was given up may have made a directory after its job was removed. Returns what keeps one. */
  protected async removeStrays(): Promise<unknown> {
    if (!this.suspects) return undefined
    // Before the look: another may come while it is under way.
    this.suspects = false
    try {
      const { runs, mounts } = await placesOf(this.ports.files)
      const unknown = (await this.store.unknownRuns(runs)).map(runPlace)
      if (mounts.length > 0) unknown.push(...(await this.store.unknownMounts(mounts)).map(mountPlace))
      return await this.removePlaces(unknown)
    } catch (error) {
      this.suspects = true
      return error
    }
  }

  /** What cannot be removed must not keep the rest. Returns what keeps one. */
  private async removePlaces(places: readonly string[]): Promise<unknown> {
    let failure: unknown
    for (const place of places) {
      try {
        await this.ports.files.remove(place)
      } catch (error) {
        this.suspects = true
        failure ??= error
      }
    }
    return failure
  }
}
