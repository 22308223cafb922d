// The store on SQLite: the contract of every store, which must miss each guard that is taken away; the file and its
// migrations; and two processes that claim from one file.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/ports/index.ts'
import { without } from '../src/subjects/orchestrator/defects/variant.ts'
import {
  defaultOptions,
  migrate,
  SCHEMA_VERSION,
  SchemaError,
  SqliteStore,
  type Statements,
  type Store,
  sql,
} from '../src/system/index.ts'
import { inline, plant, type RealDatabase, realDatabase } from './support/realDatabase.ts'
import { type Rival, rival } from './support/rival.ts'
import { seedNumber } from './support/seed.ts'
import { sqliteGuards } from './support/sqliteGuards.ts'
import { HISTORIES, historyProperty, type OpenedStore, type OpenStore, storeContract } from './support/storeContract.ts'

const RACES = 60
/** Ends at the first history that shows the hole; the rarest needs about a hundred. */
const HISTORIES_MAX = 10 * HISTORIES

function openedOn(database: RealDatabase, store: Store): OpenedStore {
  return {
    store,
    makeImpossible: async (id, { run_id, pid, started_at }) => {
      plant(database, 'UPDATE jobs SET run_id = ?, pid = ?, started_at = ? WHERE id = ?', run_id, pid, started_at, id)
    },
    close: async () => {
      database.close()
    },
  }
}

function sqliteWith(statements: Partial<Statements>): OpenStore {
  return async (options) => {
    const database = realDatabase()
    return openedOn(database, new SqliteStore(database, inline, options, { ...sql, ...statements }))
  }
}

storeContract('SQLite', sqliteWith({}))

describe('a store without one of its guards fails the contract', () => {
  test.each(sqliteGuards)('%s without "%s"', async (name, part, instead) => {
    const open = sqliteWith({ [name]: without(sql[name], part, instead) })
    const property = historyProperty(open, { fresh: 0, stale: 0 })
    const found = await fc.check(property, { seed: seedNumber, numRuns: HISTORIES_MAX, endOnFailure: true })
    expect(found.failed).toBe(true)
  })
})

test.each([
  ['jobs', 'unknownMounts'],
  ['runs', 'unknownRuns'],
])('a store whose ids of %s may come back fails the contract', async (table, where) => {
  const open: OpenStore = async (options) => {
    const database = realDatabase()
    database.unsafeMode()
    database.pragma('writable_schema = ON')
    const forget = "UPDATE sqlite_schema SET sql = replace(sql, ' AUTOINCREMENT', '') WHERE name = ?"
    expect(database.prepare(forget).run(table).changes).toBe(1)
    database.pragma('writable_schema = RESET')
    return openedOn(database, new SqliteStore(database, inline, options))
  }
  const property = historyProperty(open, { fresh: 0, stale: 0 })
  const found = await fc.check(property, { seed: seedNumber, numRuns: HISTORIES_MAX, endOnFailure: true })
  expect(found.failed).toBe(true)
  expect(String(found.errorInstance)).toContain(where)
})

describe('the file', () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'strandline-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const schemaOf = (database: BetterSqlite3.Database) =>
    database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all()

  test('is migrated once: a second time changes nothing', () => {
    const database = realDatabase()
    const before = [schemaOf(database), database.prepare('SELECT * FROM installation').all()]
    expect(database.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION)
    migrate(database)
    expect([schemaOf(database), database.prepare('SELECT * FROM installation').all()]).toEqual(before)
  })

  test('is refused, and left alone, when it is the database of another program', () => {
    const database = new BetterSqlite3(':memory:')
    database.exec('CREATE TABLE cookies (name TEXT)')
    const before = schemaOf(database)
    expect(() => migrate(database)).toThrow(SchemaError)
    expect(() => migrate(database)).toThrow('database of another program')
    expect(schemaOf(database)).toEqual(before)
  })

  test('is refused, and left alone, when a newer program has migrated it', () => {
    const database = realDatabase()
    database.pragma(`user_version = ${SCHEMA_VERSION + 1}`)
    const before = schemaOf(database)
    expect(() => migrate(database)).toThrow(SchemaError)
    expect(() => migrate(database)).toThrow('use a newer strandline')
    expect(schemaOf(database)).toEqual(before)
  })

  test.each(['delete', 'wal'])('is of the old or of the new version after a crash at any statement (%s)', (mode) => {
    const whole = realDatabase()
    const path = join(directory, `${mode}.db`)
    const database = new BetterSqlite3(path)
    database.pragma(`journal_mode = ${mode}`)
    const crashes: string[] = []
    /** What a crash leaves here: the file and its journal, as they are on disk in the midst of the transaction. */
    const crash = () => {
      const copy = join(directory, `${mode}-${crashes.length}.db`)
      for (const suffix of ['', '-journal', '-wal'])
        if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
      crashes.push(copy)
    }
    crash()
    migrate(crashing(database, crash))
    crash()
    expect(schemaOf(database)).toEqual(schemaOf(whole))
    expect(crashes.length).toBeGreaterThan(10)
    const versions = crashes.map((copy) => {
      const reopened = new BetterSqlite3(copy)
      const version = Number(reopened.pragma('user_version', { simple: true }))
      expect(schemaOf(reopened)).toEqual(version === 0 ? [] : schemaOf(whole))
      // And the next start finishes the work.
      migrate(reopened)
      expect(schemaOf(reopened)).toEqual(schemaOf(whole))
      expect(reopened.pragma('integrity_check', { simple: true })).toBe('ok')
      reopened.close()
      return version
    })
    expect(new Set(versions)).toEqual(new Set([0, SCHEMA_VERSION]))
    database.close()
  })

  /** Runs scripts statement by statement, and calls `crash` between any two of them. */
  function crashing(database: BetterSqlite3.Database, crash: () => void): Database {
    const exec = (script: string) => {
      for (const statement of script.split(/;\s*(?:\n|$)/)) {
        if (statement.trim() === '') continue
        database.exec(statement)
        crash()
      }
    }
    return Object.assign(Object.create(database) as Database, {
      exec,
      prepare: database.prepare.bind(database),
      pragma: database.pragma.bind(database),
      transaction: database.transaction.bind(database),
    })
  }

  test('is shared by two processes: of two that ask for one job at the same moment, one gets it', async () => {
    const path = join(directory, 'shared.db')
    const database = realDatabase(path)
    // More slots than jobs: a lost race must not look like a full house.
    const store = new SqliteStore(database, inline, { ...defaultOptions, maxConcurrency: 2 * RACES })
    const [one, other] = [await claimant(path), await claimant(path)]
    const winners: unknown[] = []
    for (let n = 0; n < RACES; n++) {
      const id = await store.submitJob({ argv: ['work'], repo: `repo${n}` }, 0)
      const [first, second] = await Promise.all([one.ask(), other.ask()])
      expect([first, second].toSorted()).toEqual([id, 'nothing'])
      winners.push(first === id ? 'one' : 'other')
    }
    console.info(`one won ${winners.filter((who) => who === 'one').length} of ${RACES} races`)
    one.end()
    other.end()
    database.close()
  })
})

/** A process that asks the file for a job. */
function claimant(path: string): Promise<Rival> {
  return rival('claimScript.ts', path, String(2 * RACES))
}
