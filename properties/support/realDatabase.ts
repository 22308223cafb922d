/** A store on a real SQLite database, as the real host runs it: inline, without a simulator. */
import BetterSqlite3 from 'better-sqlite3'
import type { Pool } from '../../src/ports/index.ts'
import { migrate } from '../../src/system/index.ts'

export type RealDatabase = BetterSqlite3.Database

/** SQLite is synchronous: work is done at once, and a failure rejects. */
export const inline: Pool = { run: async (_, work) => work() }

export function realDatabase(path = ':memory:'): RealDatabase {
  const database = new BetterSqlite3(path)
  migrate(database)
  return database
}

/** Writes a row that the schema forbids, as a database from before that schema would bring it. */
export function plant(database: RealDatabase, sql: string, ...parameters: unknown[]): number {
  database.pragma('ignore_check_constraints = ON')
  try {
    return Number(database.prepare(sql).run(...parameters).lastInsertRowid)
  } finally {
    database.pragma('ignore_check_constraints = OFF')
  }
}
