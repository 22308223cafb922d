/** Where runs keep what they write: `<runs>/<run id>`. */
import { lstatSync, statfsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RunId } from '../model/ids.ts'
import type { Files } from '../ports/index.ts'
import { codeOf } from './hostError.ts'
import { removeTree } from './removal.ts'

export class HostFiles implements Files {
  private readonly root: string
  private readonly databaseFile: string

  /** Both absolute. */
  constructor(runs: string, databaseFile: string) {
    this.root = runs
    this.databaseFile = databaseFile
  }

  freeBytes(): number {
    return Math.min(freeAt(dirname(this.databaseFile)), freeAt(this.root))
  }

  async runs(): Promise<readonly RunId[]> {
    const entries = await readdir(this.root, { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    })
    const runs = entries.filter((entry) => entry.isDirectory() && /^[1-9]\d{0,14}$/.test(entry.name))
    return runs.map(({ name }) => Number(name) as RunId)
  }

  removeRun(run: RunId): Promise<void> {
    return removeTree(this.directoryOf(run))
  }

  /** The run's own directory, whether it exists or not. */
  directoryOf(run: RunId): string {
    if (!Number.isSafeInteger(run) || run < 1) throw new RangeError(`a run's id is an integer from 1, not ${run}`)
    return join(this.root, String(run))
  }

  /** What the run's process has written to its standard output and error. */
  outputOf(run: RunId): string {
    return join(this.directoryOf(run), 'output.log')
  }
}

function freeAt(path: string): number {
  let place = path
  while (lstatSync(place, { throwIfNoEntry: false }) === undefined) place = dirname(place)
  const { bavail, bsize } = statfsSync(place)
  return bavail * bsize
}
