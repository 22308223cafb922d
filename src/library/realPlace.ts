/** Where a file really is: by each of its names it must have the same neighbours. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf } from '../host/hostError.ts'

/** `path` is absolute, and need not exist yet. Where this cannot be found out it is returned as it is. */
export function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return path
  }
  // A link to nothing is followed too: what is made through it is made there.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    return realPlace(resolve(dirname(path), readlinkSync(path)))
  const directory = dirname(path)
  return directory === path ? path : join(realPlace(directory), basename(path))
}
