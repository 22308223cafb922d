/**
 * The directory with the runs of a database. Runs are told apart by their numbers alone, so it belongs to one database,
 * whose installation stands in a file there: those of another would be overwritten, shown and deleted as one's own. So
 * would directories that are no runs at all, and just happen to be called by a number.
 */
import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeOf, HostError } from '../host/hostError.ts'
import type { Database } from '../ports/index.ts'
import { sql } from '../system/index.ts'

const MARKER = '.strandline'
const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600

export class RunsDirectory {
  /** Absolute. */
  readonly path: string
  private readonly database: Database
  private readonly installation: string
  private readonly marker: string

  constructor(path: string, database: Database) {
    this.path = path
    this.database = database
    this.installation = (database.prepare(sql.installation).get() as { token: string }).token
    this.marker = join(path, MARKER)
  }

  /** Throws HostError where another database has taken it, or it cannot be read. */
  check(): void {
    const owner = this.owner()
    if (owner === undefined || owner === this.installation) return
    throw new HostError(
      `the directory ${this.path} holds the runs of another database: move it to where that one is, or remove it`,
    )
  }

  /** Makes it, if it is missing, and takes it for this database. Throws HostError. */
  take(): void {
    try {
      if (this.owner() === undefined) this.mark()
    } catch (error) {
      if (error instanceof HostError) throw error
      const code = codeOf(error)
      if (code === 'ENOENT')
        throw new HostError(`there is no directory ${dirname(this.path)}: make it, or have the runs elsewhere`)
      // Nothing is started without room, and whoever opens it when there is some takes it.
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw unusable(this.path, error)
    }
    this.check()
  }

  private owner(): string | undefined {
    try {
      return readFileSync(this.marker, 'utf8').trim()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw unusable(this.path, error)
    }
  }

  /** Whoever takes it removes what the database does not know, or would find it in the way of a run. */
  private refuseStrangers(): void {
    const known = this.database.prepare('SELECT 1 FROM runs WHERE id = ?')
    const stranger = runsIn(this.path).find((run) => known.get(run) === undefined)
    if (stranger === undefined) return
    throw new HostError(
      `${join(this.path, String(stranger))} is no run of this database: move it away, or have the runs elsewhere`,
    )
  }

  /** A link is there with all of its content or not at all, and only the first of several can be made. */
  private mark(): void {
    makeIfMissing(this.path)
    this.refuseStrangers()
    const draft = `${this.marker}-${randomUUID()}`
    try {
      writeFileSync(draft, `${this.installation}\n`, { mode: FILE_MODE })
      linkSync(draft, this.marker)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    } finally {
      removeIfThere(draft)
    }
  }
}

/** The highest run that has a directory there; 0 if none has, or there is no such place. */
export function highestRun(path: string): number {
  try {
    return runsIn(path).reduce((highest, run) => Math.max(highest, run), 0)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw unusable(path, error)
  }
}

function unusable(path: string, error: unknown): HostError {
  return new HostError(`the directory ${path} cannot be used for runs: ${(error as Error).message}`)
}

function runsIn(path: string): readonly number[] {
  return readdirSync(path)
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .map(Number)
}

function makeIfMissing(path: string): void {
  try {
    mkdirSync(path, DIRECTORY_MODE)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Where it cannot be removed, what came before says why. */
function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch {}
}
