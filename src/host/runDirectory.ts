/** A new, empty directory for a run, that only its owner can enter. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './hostError.ts'

const OWNER_ONLY = 0o700

/** One that is there already belonged to another database: run ids are never reused. */
export function makeRunDirectory(directory: string): void {
  try {
    mkdirSync(directory, OWNER_ONLY)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') makeIfMissing(dirname(directory))
    else if (codeOf(error) === 'EEXIST') rmSync(directory, { recursive: true, force: true })
    else throw error
    mkdirSync(directory, OWNER_ONLY)
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
