/**
 * Removing a directory with all that is in it, one call after the other: when the promise settles, nothing of it goes on.
 * `fs.promises.rm` rejects while its other deletions go on, and destroys what is made anew after that (spec: kernel R2,
 * R3). Links are removed, never followed; a mounted directory is left alone with its content (R4), since a directory is
 * entered only after rmdir has said that it is not empty, and of a mountpoint rmdir says first that it is busy (A3).
 */
import { chmod, readdir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './hostError.ts'

/** How often a directory is emptied into which somebody goes on writing. */
const ROUNDS_MAX = 20
const NOT_EMPTY = ['ENOTEMPTY', 'EEXIST']

/** Fine if there is nothing. Throws the first error that it meets; what is left then may be tried again. */
export async function removeTree(path: string): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      return await rmdir(path)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') return
      if (code === 'ENOTDIR') return await unlinkIfThere(path)
      if (!NOT_EMPTY.includes(code) || round === ROUNDS_MAX) throw error
    }
    await empty(path)
  }
}

async function empty(directory: string): Promise<void> {
  try {
    await removeChildren(directory)
  } catch (error) {
    // A run may have taken itself the right to change a directory of its own.
    if (codeOf(error) !== 'EACCES') throw error
    await chmod(directory, 0o700)
    await removeChildren(directory)
  }
}

async function removeChildren(directory: string): Promise<void> {
  let entries: Awaited<ReturnType<typeof entriesOf>>
  try {
    entries = await entriesOf(directory)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  for (const entry of entries) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) await removeTree(path)
    else await unlinkIfThere(path)
  }
}

function entriesOf(directory: string) {
  return readdir(directory, { withFileTypes: true })
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
