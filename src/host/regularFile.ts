/**
 * Opening a file where a run, or its container, may have put anything: a link is not followed, a pipe does not block, a
 * device is not touched.
 */
import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { codeOf } from './hostError.ts'

const OWNER_ONLY = 0o600
/** There is none; a part of its path is a file; a link, or a socket, has taken its name in between. */
const NONE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']

/** Undefined: there is none and none is made, or something else has its name. */
export async function openRegularFile(path: string, flags: number): Promise<FileHandle | undefined> {
  if ((await kindOf(path)) === 'other') return undefined
  try {
    const file = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, OWNER_ONLY)
    if ((await file.stat()).isFile()) return file
    await file.close()
    return undefined
  } catch (error) {
    if (NONE.includes(codeOf(error))) return undefined
    throw error
  }
}

async function kindOf(path: string): Promise<'file' | 'none' | 'other'> {
  try {
    return (await lstat(path)).isFile() ? 'file' : 'other'
  } catch (error) {
    if (NONE.includes(codeOf(error))) return 'none'
    throw error
  }
}
