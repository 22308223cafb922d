/**
 * The database file. WAL, so that readers do not wait; `normal` survives the death of any process, `full` survives the
 * loss of power too (spec: kernel E5). SQLite opens its descriptors close-on-exec: no child has them.
 */
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { codeOf, HostError } from './hostError.ts'

export type Durability = 'normal' | 'full'

const AGAIN_MS = 2
/** What is waited for so long, since nothing ever changes it. */
const nobody = new Int32Array(new SharedArrayBuffer(4))

export interface DatabaseOptions {
  readonly durability: Durability
  /** How long a statement waits for the locks of others. */
  readonly busyMs: number
}

/** Opens the file, or makes it. Throws HostError where it cannot be used. */
export function openDatabase(file: string, { durability, busyMs }: DatabaseOptions): BetterSqlite3.Database {
  examine(file)
  let database: BetterSqlite3.Database | undefined
  try {
    database = new BetterSqlite3(file, { timeout: busyMs })
    const mode = writeAhead(database, busyMs)
    if (mode !== 'wal') throw new HostError(`${file} cannot be shared with readers there: use a local disk`)
    database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
    database.pragma('foreign_keys = ON')
    return database
  } catch (error) {
    database?.close()
    throw explained(file, error)
  }
}

/** While others make the same file, SQLite refuses the change at once: it waits for locks elsewhere, and not here. */
function writeAhead(database: BetterSqlite3.Database, busyMs: number): unknown {
  const deadlineMs = performance.now() + busyMs
  for (;;) {
    try {
      return database.pragma('journal_mode = WAL', { simple: true })
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || performance.now() >= deadlineMs) throw error
      Atomics.wait(nobody, 0, 0, AGAIN_MS)
    }
  }
}

/** Moves what the log holds into the file, as far as others who read it allow, and closes it. */
export function closeDatabase(database: BetterSqlite3.Database): void {
  if (!database.open) return
  try {
    database.pragma('wal_checkpoint(PASSIVE)')
  } finally {
    database.close()
  }
}

/** SQLite's own messages do not say which of these it was, and a file that may only be read it opens all the same. */
function examine(file: string): void {
  const directory = dirname(file)
  const place = statSync(directory, { throwIfNoEntry: false })
  if (place === undefined) throw new HostError(`there is no directory ${directory}: make it, or choose another file`)
  if (!place.isDirectory()) throw new HostError(`${directory} is not a directory: choose another file`)
  const found = statSync(file, { throwIfNoEntry: false })
  if (found !== undefined && !found.isFile()) throw new HostError(`${file} is not a file: choose another one`)
  try {
    // Beside the file stand its log and its index.
    accessSync(directory, constants.W_OK | constants.X_OK)
    if (found === undefined) makeSecret(file)
    else accessSync(file, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw explained(file, error)
  }
}

/** Jobs may name secrets in their environment. SQLite gives the log and the index the rights of the file. */
function makeSecret(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function explained(file: string, error: unknown): unknown {
  if (error instanceof HostError) return error
  const code = codeOf(error)
  if (/^(EACCES|EPERM)$|^SQLITE_(READONLY|PERM|CANTOPEN)/.test(code)) {
    return new HostError(`no permission to read and write ${file} and its directory: change it, or choose another file`)
  }
  if (code === 'EROFS') return new HostError(`${file} is on a file system that is read-only: choose another file`)
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return new HostError(`${file} is not a SQLite database, or it is damaged: choose another file, or restore it`)
  }
  if (/^SQLITE_BUSY/.test(code)) {
    return new HostError(`${file} is locked by another process: try again when it has finished`)
  }
  if (/^(ENOSPC|EDQUOT)$|^SQLITE_FULL/.test(code)) {
    return new HostError(`there is no room left for ${file}: make some, or choose another disk`)
  }
  return error
}
