/**
 * The tables whose ids name something outside their own rows: processes carry them, directories are called by them, clients
 * remember them. None is ever given out twice, not even when an old database is brought up to date whose latest rows are
 * deleted: wherever such an id has left a trace, it counts as used.
 */
import type { Database } from '../ports/index.ts'
import { ensureAutoincrement } from './autoincrement.ts'

/** What only the disk remembers. */
export interface Traces {
  /** The highest run that has a directory; 0 if none has. */
  highestRun(): number
}

/** Table → the columns that name its rows. */
const named: Readonly<Record<string, readonly (readonly [table: string, column: string])[]>> = {
  jobs: [
    ['runs', 'job_id'],
    ['deletions', 'job_id'],
  ],
  runs: [
    ['jobs', 'fence'],
    ['jobs', 'run_id'],
    ['jobs', 'parent_run_id'],
    ['runs', 'parent_run_id'],
  ],
  lives: [
    ['jobs', 'life_id'],
    ['runs', 'life_id'],
  ],
}

export const idTables: readonly string[] = Object.keys(named)

/** Each of the tables in a transaction of its own; those that are as they should be are left alone. */
export function keepIds(database: Database, { highestRun }: Traces): void {
  for (const table of idTables)
    ensureAutoincrement(database, table, () =>
      Math.max(highestNamed(database, table), table === 'runs' ? highestRun() : 0),
    )
}

function highestNamed(database: Database, table: string): number {
  const hasColumn = database.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?')
  let highest = 0
  for (const [where, column] of named[table]!) {
    if (hasColumn.get(where, column) === undefined) continue
    const found = database.prepare(`SELECT max(${column}) AS id FROM ${where} WHERE typeof(${column}) = 'integer'`)
    highest = Math.max(highest, (found.get() as { id: number | null }).id ?? 0)
  }
  return highest
}
