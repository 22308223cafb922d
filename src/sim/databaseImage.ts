/**
 * A prepared in-memory database that runs are played on: one native connection with its statements cached, watched by
 * TEMP triggers, and put back to its initial rows between runs (cheaper by an order of magnitude than opening a new one;
 * spec, interception 4). A run that changes the schema spoils its image, which is then made anew.
 */
import BetterSqlite3 from 'better-sqlite3'
import type { Database, Row, SqlValue } from '../ports/index.ts'
import { ConnectionSettings } from './connectionSettings.ts'
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

/** A table as a run finds it, with what makes it so again. */
interface Initial {
  readonly rows: readonly Row[]
  readonly clear: NativeStatement
  readonly insert: NativeStatement
}

/** What a database consists of, beside its rows. */
export interface DatabaseSchema {
  /** By name. */
  readonly objects: readonly {
    readonly type: string
    readonly name: string
    readonly table: string
    readonly sql: string | null
  }[]
  /** In their order: of two with one name the first counts. */
  readonly sequences: readonly { readonly name: string; readonly seq: unknown }[]
}

/** Which columns the harness watches beside whole rows: table → columns. */
export type WatchedColumns = Readonly<Record<string, readonly string[]>>

export class DatabaseImage {
  readonly native: Native
  readonly settings: ConnectionSettings
  readonly touches: Touch[] = []
  /** Time and randomness for SQL; the run sets it. */
  world: SqlWorld = { nowMs: () => 0, randomBits: () => 0 }
  private readonly statements = new Map<string, NativeStatement>()
  /** Watched table → what reads one of its rows. */
  private readonly readers = new Map<string, NativeStatement>()
  private readonly initial: readonly Initial[]
  private readonly watched: WatchedColumns
  /** There is an AUTOINCREMENT. */
  private readonly hasSequence: boolean
  private readonly sequence: DatabaseSchema['sequences']
  private readonly schema: unknown
  /** The schema for which the tables are watched. */
  private watchedSchema: unknown
  /** A statement ran that may have changed the schema. */
  private mayDiffer = false
  private watching = false
  private dirty = false

  constructor(prepare: (database: Database) => void, watched: WatchedColumns) {
    this.native = new BetterSqlite3(':memory:')
    this.settings = new ConnectionSettings(this.native)
    // First the functions: what is prepared must not hold real time or randomness either.
    followWorld(this.native, () => this.world)
    prepare(this.native as unknown as Database)
    this.watched = watched
    this.watch()
    this.initial = [...this.readers.keys()].map((name) => this.initially(name))
    const { objects, sequences } = this.describe()
    this.hasSequence = objects.some(({ name }) => name === 'sqlite_sequence')
    this.sequence = sequences
    this.schema = this.schemaVersion()
    this.watchedSchema = this.schema
  }

  exec(sql: string): void {
    this.mayDiffer = true
    this.native.exec(sql)
  }

  /** Has the schema become another one? Then no trigger has told of the rows, and what is there now is watched. */
  followSchema(): boolean {
    if (!this.mayDiffer) return false
    this.mayDiffer = false
    const version = this.schemaVersion()
    if (version === this.watchedSchema) return false
    this.watchedSchema = version
    this.dirty = true
    this.statements.clear()
    this.unwatch()
    this.watch()
    return true
  }

  describe(): DatabaseSchema {
    const objects = this.native
      .prepare('SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema ORDER BY name')
      .all() as DatabaseSchema['objects']
    const sequences = objects.some(({ name }) => name === 'sqlite_sequence')
      ? (this.native.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY rowid').all() as typeof this.sequence)
      : []
    return { objects, sequences }
  }

  close(): void {
    this.native.close()
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
    return this.readers.get(table)?.get(id) as Row | undefined
  }

  /** Every row of every watched table, by table and row id. */
  *rows(): Iterable<{ table: string; id: number; row: Row }> {
    for (const name of this.readers.keys()) {
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
    this.settings.reset()
  }

  private restore(): void {
    const { initial } = this
    this.statement('BEGIN').run()
    this.statement('PRAGMA defer_foreign_keys = ON').run()
    for (const { clear } of initial.toReversed()) clear.run()
    for (const { rows, insert } of initial) for (const row of rows) insert.run(...Object.values(row))
    if (this.hasSequence) {
      this.statement('DELETE FROM sqlite_sequence').run()
      for (const { name, seq } of this.sequence)
        this.statement('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, seq as SqlValue)
    }
    this.statement('COMMIT').run()
  }

  private schemaVersion(): unknown {
    return this.native.pragma('main.schema_version', { simple: true })
  }

  private unwatch(): void {
    const triggers = this.native.prepare("SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'").pluck().all()
    for (const name of triggers as string[]) this.native.exec(`DROP TRIGGER temp.${quoted(name)}`)
    this.readers.clear()
  }

  private watch(): void {
    const { native, watched } = this
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
      this.readers.set(name, native.prepare(`SELECT * FROM ${quoted(name)} WHERE rowid = ?`))
    }
  }

  private initially(name: string): Initial {
    const { native } = this
    const places = Array((native.pragma(`table_info(${quoted(name)})`) as unknown[]).length).fill('?')
    return {
      rows: native.prepare(`SELECT * FROM ${quoted(name)} ORDER BY rowid`).all() as Row[],
      clear: native.prepare(`DELETE FROM ${quoted(name)}`),
      insert: native.prepare(`INSERT INTO ${quoted(name)} VALUES (${places.join(', ')})`),
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
