/** Where runs keep what they write: `<runs>/<run id>`, and whatever else the system keeps beside that. */
import { constants, lstatSync, statfsSync } from 'node:fs'
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RunId } from '../model/ids.ts'
import type { Files } from '../ports/index.ts'
import { codeOf } from './hostError.ts'
import { openRegularFile } from './regularFile.ts'
import { removeTree } from './removal.ts'

const OWNER_ONLY = 0o700
const EVERYBODY = 0o777

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

  absolute(path: string): string {
    const parts = path === '' ? [] : path.split('/')
    if (parts.some((part) => /^\.{0,2}$|\0/.test(part))) {
      throw new RangeError(`a path in the runs' directory is like "7/tape", not ${JSON.stringify(path)}`)
    }
    return join(this.root, ...parts)
  }

  async makeDirectory(path: string, forWhom: 'own' | 'everybody'): Promise<void> {
    const directory = this.absolute(path)
    try {
      await mkdir(directory, OWNER_ONLY)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      await mkdir(dirname(directory), { recursive: true, mode: OWNER_ONLY })
      await mkdir(directory, OWNER_ONLY)
    }
    // Of what mkdir is told the process's umask would take some away.
    if (forWhom === 'everybody') await chmod(directory, EVERYBODY)
  }

  async list(path: string): Promise<readonly string[]> {
    try {
      return (await readdir(this.absolute(path))).sort()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }

  async read(path: string, bytesMax: number): Promise<string | undefined> {
    const file = await openRegularFile(this.absolute(path), constants.O_RDONLY)
    if (file === undefined) return undefined
    try {
      const buffer = Buffer.alloc(Math.min((await file.stat()).size, bytesMax))
      let length = 0
      for (let more = -1; more !== 0 && length < buffer.length; length += more) {
        more = (await file.read(buffer, length)).bytesRead
      }
      return buffer.toString('utf8', 0, length)
    } finally {
      await file.close()
    }
  }

  async remove(path: string): Promise<void> {
    await removeTree(this.absolute(path))
  }

  /** The run's own directory, whether it exists or not. */
  directoryOf(run: RunId): string {
    if (!Number.isSafeInteger(run) || run < 1) throw new RangeError(`a run's id is an integer from 1, not ${run}`)
    return join(this.root, String(run))
  }

  /** What the run's process or container has written to its standard output and error. */
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
