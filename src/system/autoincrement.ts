/**
 * Gives a table AUTOINCREMENT. Without it SQLite gives out max(id) + 1: the number of the latest row comes again when that
 * row is deleted, and whoever still holds it acts on another's row. No ALTER TABLE adds it, so the table is built anew, as
 * SQLite's manual says (lang_altertable, "making other kinds of table schema changes"), in one transaction: a crash
 * between any two statements leaves the old table, and the next one who opens the database begins again.
 */
import type { Database } from '../ports/index.ts'
import { quoted, withAutoincrement } from './createTable.ts'
import { SchemaError } from './schemaError.ts'

/** For one connection. What is referred to goes for a moment; and old rows are copied, whatever they are like. */
const SETTINGS = { foreign_keys: 0, legacy_alter_table: 1, ignore_check_constraints: 1 } as const

/**
 * After this, no id of the table is given out twice: neither one of its rows, nor one that its sequence has counted, nor
 * any up to `highestUsed()`, which is asked inside the transaction. Writes nothing where nothing is to be done, and says
 * whether it did. Throws SchemaError.
 */
export function ensureAutoincrement(database: Database, table: string, highestUsed: () => number = () => 0): boolean {
  if (isEnsured(database, table)) return false
  return under(database, SETTINGS, () =>
    database
      .transaction(() => {
        // Somebody else may have done it while this one waited for the write lock.
        if (isEnsured(database, table)) return false
        rebuild(database, table, highestUsed())
        return true
      })
      .immediate(),
  )
}

/** A sequence counts once: of two rows SQLite reads the first and leaves the other, whichever is the higher. */
function isEnsured(database: Database, table: string): boolean {
  if (withAutoincrement(textOf(database, table), table) !== undefined) return false
  const counted = 'SELECT count(*) AS n FROM sqlite_sequence WHERE name = ?'
  return (database.prepare(counted).get(table) as { n: number }).n <= 1
}

function rebuild(database: Database, table: string, highestUsed: number): void {
  const temporary = freeName(database, table)
  const text = withAutoincrement(textOf(database, table), temporary)
  if (text === undefined) {
    seed(database, table, seedOf(database, table, highestUsed))
    return
  }
  const before = shapeOf(database, table)
  const texts = textsOn(database, table)
  const columns = columnsOf(database, table).map(quoted).join(', ')
  database.exec(text)
  database.exec(`INSERT INTO ${quoted(temporary)} (${columns}) SELECT ${columns} FROM ${quoted(table)}`)
  const highest = seedOf(database, table, highestUsed)
  database.exec(`DROP TABLE ${quoted(table)}`)
  database.exec(`ALTER TABLE ${quoted(temporary)} RENAME TO ${quoted(table)}`)
  for (const made of texts) database.exec(made)
  seed(database, table, highest)
  const after = shapeOf(database, table)
  const changed = Object.keys(before).filter((part) => before[part] !== after[part])
  if (changed.length > 0)
    throw new SchemaError(
      `the table ${table} was left as it is: rebuilding it would have changed its ${changed.join(' and ')}`,
    )
}

/** Computed by SQLite, which has more integers than JavaScript. */
function seedOf(database: Database, table: string, highestUsed: number): bigint {
  const { id } = keyOf(database, table)
  const { highest } = database
    .prepare(
      `SELECT CAST(max(0, CAST(? AS INTEGER),
         coalesce((SELECT max(${quoted(id)}) FROM ${quoted(table)}), 0),
         coalesce((SELECT max(CAST(seq AS INTEGER)) FROM sqlite_sequence WHERE name = ?), 0)) AS TEXT) AS highest`,
    )
    .get(highestUsed, table) as { highest: string }
  return BigInt(highest)
}

/** The name is not unique in there, so an upsert would add a second row. */
function seed(database: Database, table: string, highest: bigint): void {
  database.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table)
  database.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, highest)
}

function textOf(database: Database, table: string): string {
  const found = database.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table)
  if (found === undefined) throw new SchemaError(`there is no table ${table}: restore the file`)
  return (found as { sql: string }).sql
}

/** What makes its indexes and triggers, in the order in which they were made. Views stay as they are. */
function textsOn(database: Database, table: string): readonly string[] {
  const found = database.prepare(
    "SELECT sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL ORDER BY rowid",
  )
  return (found.all(table) as { sql: string }[]).map(({ sql }) => sql)
}

function keyOf(database: Database, table: string): { readonly id: string } {
  return database.prepare('SELECT name AS id FROM pragma_table_xinfo(?) WHERE pk = 1').get(table) as { id: string }
}

/** Those that can be written: a generated column follows from the others. */
function columnsOf(database: Database, table: string): readonly string[] {
  const found = database.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid').all(table)
  return (found as { name: string }[]).map(({ name }) => name)
}

function freeName(database: Database, table: string): string {
  const taken = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE')
  let name = `${table}_anew`
  while (taken.get(name) !== undefined) name += '_'
  return name
}

/** What must be as it was, each part as a text. */
function shapeOf(database: Database, table: string): Readonly<Record<string, string>> {
  const read = (query: string, ...given: readonly string[]) => JSON.stringify(database.prepare(query).all(...given))
  return {
    columns: read('SELECT * FROM pragma_table_xinfo(?) ORDER BY cid', table),
    references: read('SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq', table),
    indexes: read('SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY name', table),
    objects: read('SELECT type, name FROM sqlite_schema WHERE tbl_name = ? ORDER BY type, name', table),
    rows: read(`SELECT count(*) AS n FROM ${quoted(table)}`),
    dangling: read('SELECT count(*) AS n FROM pragma_foreign_key_check'),
  }
}

/** Does the work with the connection set like this, and sets it back. Inside a transaction some settings stay as they are. */
function under<T>(database: Database, settings: Readonly<Record<string, number>>, work: () => T): T {
  const read = (name: string) => Number(database.pragma(name, { simple: true }))
  const before = Object.keys(settings).map((name) => [name, read(name)] as const)
  try {
    for (const [name, value] of Object.entries(settings)) {
      database.pragma(`${name} = ${value}`, { simple: true })
      if (read(name) !== value) throw new Error(`${name} cannot be set to ${value} inside a transaction`)
    }
    return work()
  } finally {
    for (const [name, value] of before) database.pragma(`${name} = ${value}`, { simple: true })
  }
}
