/**
 * A server's connection to the database of the simulated machine: better-sqlite3 itself, with a crash point and a fault
 * point at every statement. BUSY fails the statement; FULL and IOERR roll the transaction back, as SQLite does; a crash
 * leaves the transaction to the rollback that the next opener would do.
 */
import BetterSqlite3 from 'better-sqlite3'
import type { Database, RunResult, SqlValue, Statement } from '../ports/index.ts'
import type { DatabaseImage, NativeStatement } from './databaseImage.ts'
import type { Life } from './life.ts'

/** What strikes at a statement, as the world decides. */
export type StatementFault = 'busy' | 'full' | 'ioError' | 'crash' | undefined

export interface DatabaseHooks {
  /** `writes`: the statement needs room on the disk. */
  strike(life: Life, writes: boolean): StatementFault
  /** The life dies here; throws Killed. */
  crash(life: Life): never
  committed(): void
  rolledBack(): void
}

const failures = {
  busy: ['SQLITE_BUSY', 'database is locked'],
  full: ['SQLITE_FULL', 'database or disk is full'],
  ioError: ['SQLITE_IOERR_WRITE', 'disk I/O error'],
} as const

const WRITING = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i

export class SimDatabase implements Database {
  private readonly image: DatabaseImage
  private readonly life: Life
  private readonly hooks: DatabaseHooks

  constructor(image: DatabaseImage, life: Life, hooks: DatabaseHooks) {
    this.image = image
    this.life = life
    this.hooks = hooks
  }

  prepare(sql: string): Statement {
    this.life.assertAlive()
    return new SimStatement(this.image.statement(sql), this, WRITING.test(sql))
  }

  exec(sql: string): this {
    this.guarded(true, () => this.image.exec(sql))
    return this
  }

  pragma(source: string, options: { simple: true }): unknown {
    this.life.assertAlive()
    return this.image.settings.pragma(source, options)
  }

  transaction<T>(work: () => T): { immediate(): T } {
    return {
      immediate: () => {
        this.guarded(false, () => this.image.statement('BEGIN IMMEDIATE').run())
        try {
          const result = work()
          this.guarded(false, () => this.image.statement('COMMIT').run())
          return result
        } catch (error) {
          this.rollBack()
          throw error
        }
      },
    }
  }

  /** Every access passes here: is the server alive, does a fault strike, was something committed? */
  guarded<T>(writes: boolean, access: () => T): T {
    this.life.assertAlive()
    const strike = this.hooks.strike(this.life, writes)
    if (strike !== undefined) this.fail(strike)
    const result = access()
    if (this.image.touches.length > 0 && !this.image.native.inTransaction) this.hooks.committed()
    return result
  }

  private fail(strike: Exclude<StatementFault, undefined>): never {
    if (strike === 'crash') {
      this.rollBack()
      this.image.settings.reset()
      this.hooks.crash(this.life)
    }
    if (strike !== 'busy') this.rollBack()
    const [code, message] = failures[strike]
    throw new BetterSqlite3.SqliteError(message, code)
  }

  private rollBack(): void {
    if (!this.image.native.inTransaction) return
    this.image.statement('ROLLBACK').run()
    this.hooks.rolledBack()
  }
}

class SimStatement implements Statement {
  private readonly native: NativeStatement
  private readonly database: SimDatabase
  private readonly writes: boolean

  constructor(native: NativeStatement, database: SimDatabase, writes: boolean) {
    this.native = native
    this.database = database
    this.writes = writes
  }

  run(...parameters: SqlValue[]): RunResult {
    return this.database.guarded(this.writes, () => this.native.run(...parameters))
  }

  get(...parameters: SqlValue[]): unknown {
    return this.database.guarded(this.writes, () => this.native.get(...parameters))
  }

  all(...parameters: SqlValue[]): unknown[] {
    return this.database.guarded(this.writes, () => this.native.all(...parameters))
  }
}
