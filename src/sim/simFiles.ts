/** A server's view of the disk, as far as runs need one: how much room there is, and which runs have a directory. */
import type { RunId } from '../model/ids.ts'
import type { Files } from '../ports/index.ts'
import type { Disk } from './disk.ts'
import { faults } from './fault.ts'
import { machineLabel } from './hash.ts'
import type { Life } from './life.ts'
import type { Operation, Window } from './operation.ts'
import type { World } from './world.ts'

const removeLabel = machineLabel('rmdir')
const listLabel = machineLabel('readdir')
const listWindow: Window = { earliestUs: 20, typicalUs: 100, latestUs: 5_000 }
const removeWindow: Window = { earliestUs: 50, typicalUs: 1_000, latestUs: 50_000 }

export class SimFiles implements Files {
  private readonly world: World
  private readonly life: Life
  private readonly disk: Disk

  constructor(world: World, life: Life, disk: Disk) {
    this.world = world
    this.life = life
    this.disk = disk
  }

  freeBytes(): number {
    return this.disk.freeBytes
  }

  runs(): Promise<readonly RunId[]> {
    return this.world.call(this.life, listLabel, listWindow, () => [...this.disk.directories])
  }

  removeRun(run: RunId): Promise<void> {
    const { world, life, disk } = this
    const remove = (operation: Operation) => {
      if (world.hazards.strikes(operation, faults.removeFail)) {
        world.observer.happened({ kind: 'fault', name: 'removeFail' })
        world.tell(life.name, [`run:${run}`], `the directory of run ${run} cannot be removed: EBUSY`)
        throw Object.assign(new Error(`EBUSY: resource busy or locked, rmdir '${run}'`), { code: 'EBUSY' })
      }
      if (disk.remove(run)) world.changes++
      world.observer.happened({ kind: 'directoryRemoved', run })
    }
    return world.call(life, removeLabel, removeWindow, remove, [`run:${run}`])
  }
}
