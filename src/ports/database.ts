/** A value as SQLite holds it; `undefined` is not one. */
export type SqlValue = string | number | bigint | Uint8Array | null
export type Row = Readonly<Record<string, SqlValue>>

export interface RunResult {
  /** Rows that the statement inserted, updated or deleted. */
  readonly changes: number
  readonly lastInsertRowid: number | bigint
}

export interface Statement {
  run(...parameters: SqlValue[]): RunResult
  get(...parameters: SqlValue[]): unknown
  all(...parameters: SqlValue[]): unknown[]
}

/** The synchronous part of better-sqlite3's Database that systems use, to the letter, so that the real one fits. */
export interface Database {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  /** `transaction(work)` wraps `work`; `.immediate()` runs it between BEGIN IMMEDIATE and COMMIT, or rolls back if it throws. */
  transaction<T>(work: () => T): { immediate(): T }
  pragma(source: string, options: { simple: true }): unknown
}
