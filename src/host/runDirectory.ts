/** A new, empty directory for a run, that only its owner can enter. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { SpawnError } from '../ports/index.ts'
import { codeOf } from './hostError.ts'

const OWNER_ONLY = 0o700

/**
 * Throws SpawnError if anything has its name: run ids are never reused, so it belongs to another database, or to nobody
 * that is known here.
 */
export function makeRunDirectory(directory: string): void {
  try {
    make(directory)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    makeIfMissing(dirname(directory))
    make(directory)
  }
}

function make(directory: string): void {
  try {
    mkdirSync(directory, OWNER_ONLY)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') throw inTheWay(directory)
    throw /^(EACCES|EPERM|EROFS)$/.test(code) ? unwritable(directory, error) : error
  }
}

/** Several orchestrators may begin at the same time. */
function makeIfMissing(directory: string): void {
  try {
    mkdirSync(directory, OWNER_ONLY)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Not about this run: no other could have its directory there either. */
function unwritable(directory: string, error: unknown): SpawnError {
  return new SpawnError(
    'EROFS',
    `no run can have a directory in ${dirname(directory)}: ${(error as Error).message}`,
    false,
  )
}

function inTheWay(directory: string): SpawnError {
  const advice = 'it was left alone: move it away, or let the runs keep their directories elsewhere'
  return new SpawnError('EEXIST', `${directory} is in the way: it was there before the run, and ${advice}`, false)
}
