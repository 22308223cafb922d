/**
 * A prepared in-memory database that runs are played on: one native connection with its statements cached, watched by
 * TEMP triggers, and put back to its initial rows between runs (cheaper by an order of magnitude than opening a new one;
 * spec, interception 4). A run that changes the schema spoils its image, which is then made anew.
 */
import BetterSqlite3 from 'better-sqlite3'
import type { Database, Row, SqlValue } from '../ports/index.ts'
import { followWorld, type SqlWorld } from './sqlFunctions.ts'

type Native = BetterSqlite3.Database
export type NativeStatement = BetterSqlite3.Statement<SqlValue[]>

/** A row that a statement wrote, before anybody knows whether it will be committed. */
export interface Touch {
  readonly table: string
  readonly id: number
  /** The reference column that was assigned, even to the same value; undefined for the row as a whole. */
  readonly column: string | undefined
}

interface Table {
  readonly name: string
  readonly initial: readonly Row[]
  readonly read: NativeStatement
  readonly clear: NativeStatement
  readonly insert: NativeStatement
}

/** Which columns the harness watches beside whole rows: table → columns. */
export type WatchedColumns = Readonly<Record<string, readonly string[]>>

export class DatabaseImage {
  readonly native: Native
  readonly touches: Touch[] = []
  /** Time and randomness for SQL; the run sets it. */
  world: SqlWorld = { nowMs: () => 0, randomBits: () => 0 }
  private readonly statements = new Map<string, NativeStatement>()
  private readonly tables = new Map<string, Table>()
  /** There is an AUTOINCREMENT. */
  private readonly hasSequence: boolean
  private readonly sequence: readonly { name: string; seq: number }[]
  private readonly schema: unknown
  private watching = false
  private dirty = false

  constructor(prepare: (database: Database) => void, watched: WatchedColumns) {
    this.native = new BetterSqlite3(':memory:')
    // First the functions: what is prepared must not hold real time or randomness either.
    followWorld(this.native, () => this.world)
    prepare(this.native as unknown as Database)
    this.watch(watched)
    const { native } = this
    this.hasSequence = native.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() !== undefined
    this.sequence = this.hasSequence
      ? (native.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY rowid').all() as {
          name: string
          seq: number
        }[])
      : []
    this.schema = this.schemaVersion()
  }

  statement(sql: string): NativeStatement {
    let statement = this.statements.get(sql)
    if (statement === undefined) {
      statement = this.native.prepare<SqlValue[]>(sql)
      this.statements.set(sql, statement)
    }
    return statement
  }

  /** Writes past the CHECKs, as an old database would bring a row. Whether they hold otherwise stays as it was. */
  plant(sql: string, parameters: readonly SqlValue[]): void {
    const { native } = this
    const ignored = native.pragma('ignore_check_constraints', { simple: true })
    native.pragma('ignore_check_constraints = ON')
    try {
      native.prepare(sql).run(...parameters)
    } finally {
      native.pragma(`ignore_check_constraints = ${ignored}`)
    }
  }

  readRow(table: string, id: number): Row | undefined {
    return this.tables.get(table)!.read.get(id) as Row | undefined
  }

  /** Every row of every watched table, by table and row id. */
  *rows(): Iterable<{ table: string; id: number; row: Row }> {
    for (const { name } of this.tables.values()) {
      for (const found of this.statement(
        `SELECT rowid AS "strandline rowid", * FROM ${quoted(name)} ORDER BY rowid`,
      ).all()) {
        const { 'strandline rowid': id, ...row } = found as Row & { 'strandline rowid': number }
        yield { table: name, id, row }
      }
    }
  }

  /** Did a run change the schema? Then the image cannot be used again. */
  get isSpoiled(): boolean {
    return this.schemaVersion() !== this.schema
  }

  /** Starts a run on the initial rows. */
  begin(world: SqlWorld): void {
    this.world = world
    if (this.dirty) this.restore()
    this.dirty = false
    this.touches.length = 0
    this.watching = true
  }

  end(): void {
    this.watching = false
    if (this.native.inTransaction) this.native.exec('ROLLBACK')
  }

  private restore(): void {
    const tables = [...this.tables.values()]
    this.statement('BEGIN').run()
    this.statement('PRAGMA defer_foreign_keys = ON').run()
    for (const table of tables.toReversed()) table.clear.run()
    for (const table of tables) for (const row of table.initial) table.insert.run(...Object.values(row))
    if (this.hasSequence) {
      this.statement('DELETE FROM sqlite_sequence').run()
      for (const { name, seq } of this.sequence)
        this.statement('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, seq)
    }
    this.statement('COMMIT').run()
  }

  private schemaVersion(): unknown {
    return this.native.pragma('main.schema_version', { simple: true })
  }

  private watch(watched: WatchedColumns): void {
    const { native } = this
    const names: string[] = []
    const columns: (string | undefined)[] = [undefined]
    native.function('strandline_touch', (table: number, id: number, column: number) => {
      this.dirty = true
      if (this.watching) this.touches.push({ table: names[table]!, id, column: columns[column] })
      return null
    })
    const listed = native
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY rowid",
      )
      .pluck()
      .all() as string[]
    for (const name of listed) {
      const index = names.push(name) - 1
      const trigger = (event: string, row: string, column: number) =>
        native.exec(
          `CREATE TEMP TRIGGER ${quoted(`strandline ${event} ${name}`)} AFTER ${event} ON main.${quoted(name)} BEGIN SELECT strandline_touch(${index}, ${row}.rowid, ${column}); END`,
        )
      trigger('INSERT', 'NEW', 0)
      trigger('UPDATE', 'NEW', 0)
      trigger('DELETE', 'OLD', 0)
      for (const column of watched[name] ?? []) trigger(`UPDATE OF ${quoted(column)}`, 'NEW', columns.push(column) - 1)
      const initial = native.prepare(`SELECT * FROM ${quoted(name)} ORDER BY rowid`).all() as Row[]
      const places = Array((native.pragma(`table_info(${quoted(name)})`) as unknown[]).length).fill('?')
      this.tables.set(name, {
        name,
        initial,
        read: native.prepare(`SELECT * FROM ${quoted(name)} WHERE rowid = ?`),
        clear: native.prepare(`DELETE FROM ${quoted(name)}`),
        insert: native.prepare(`INSERT INTO ${quoted(name)} VALUES (${places.join(', ')})`),
      })
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
