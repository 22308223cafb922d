/** FIX3: a table whose ids come again is built anew so that none does, and nothing else about it changes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureAutoincrement, SchemaError } from '../src/system/index.ts'
import { interruptedDatabase } from './support/interruptedDatabase.ts'
import { contentsOf, insertRun, oldRuns, sequences } from './support/oldRuns.ts'
import type { RealDatabase } from './support/realDatabase.ts'
import { seedNumber } from './support/seed.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strandline-'))
  file = join(folder, 'runs.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

const textOf = (database: RealDatabase) =>
  database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'runs'").pluck().get() as string

test('insert 1 and 2, delete 2, insert: 2 comes again before, and 3 comes after', () => {
  const next = (isFixed: boolean) => {
    const database = oldRuns()
    database.exec('DELETE FROM runs')
    expect([insertRun(database), insertRun(database)]).toEqual([1, 2])
    if (isFixed) ensureAutoincrement(database, 'runs')
    database.exec('DELETE FROM runs WHERE id = 2')
    return insertRun(database)
  }
  expect(next(false)).toBe(2)
  expect(next(true)).toBe(3)
})

test('rows, columns, references, indexes, triggers and views are as before', () => {
  const database = oldRuns()
  const before = contentsOf(database)

  expect(ensureAutoincrement(database, 'runs')).toBe(true)

  expect(contentsOf(database)).toEqual(before)
  expect(textOf(database)).toContain('id INTEGER PRIMARY KEY AUTOINCREMENT, -- max(id) + 1; AUTOINCREMENT came later')
  expect(sequences(database)).toEqual([{ name: 'runs', seq: 7 }])
  expect(database.pragma('foreign_key_check')).toEqual([])
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
})

test('checks, references, indexes and triggers hold as before', () => {
  const database = oldRuns()
  ensureAutoincrement(database, 'runs')

  expect(() => database.exec("UPDATE runs SET state = 'lost'")).toThrow('CHECK constraint failed')
  expect(() => database.exec('UPDATE runs SET parent_run_id = 99 WHERE id = 1')).toThrow('FOREIGN KEY')
  expect(() => database.exec("UPDATE runs SET session_id = 's1' WHERE id = 2")).toThrow('UNIQUE')
  expect(() => database.exec("UPDATE runs SET container_id = 'c1' WHERE id = 2")).toThrow('UNIQUE')
  database.exec("UPDATE runs SET error = 'gone' WHERE id = 7; DELETE FROM runs WHERE id = 2")
  expect(database.prepare('SELECT run_id, text FROM comments').raw().all()).toEqual([
    [1, 'well done'],
    [7, 'gone'],
  ])
  expect(database.prepare('SELECT id FROM runs WHERE parent_run_id IS NULL').pluck().all()).toEqual([1, 4, 7])
})

test('the connection is set as before, also after a failure', () => {
  const database = oldRuns()
  const settings = () =>
    ['foreign_keys', 'legacy_alter_table', 'ignore_check_constraints'].map((name) =>
      database.pragma(name, { simple: true }),
    )
  const before = settings()
  expect(before).toEqual([1, 0, 0])
  const failing = () => {
    throw new Error('no traces')
  }

  expect(() => ensureAutoincrement(database, 'runs', failing)).toThrow('no traces')
  expect(settings()).toEqual(before)
  ensureAutoincrement(database, 'runs')
  expect(settings()).toEqual(before)
})

test('where nothing is to be done, nothing is written', () => {
  const database = oldRuns()
  ensureAutoincrement(database, 'runs')
  const before = database.serialize()
  const asked = () => expect.unreachable('asked for traces')

  expect(ensureAutoincrement(database, 'runs', asked)).toBe(false)

  expect(database.serialize().equals(before)).toBe(true)
})

test('of two who find the old table, the later one leaves it to the other', () => {
  oldRuns(file).close()
  const [first, second] = [new BetterSqlite3(file), new BetterSqlite3(file)]
  const late = Object.assign(
    interruptedDatabase(second, () => undefined),
    {
      transaction: (work: () => unknown) => {
        expect(ensureAutoincrement(first, 'runs', () => 9)).toBe(true)
        return { immediate: () => second.transaction(work).immediate() }
      },
    },
  ) as unknown as RealDatabase

  expect(ensureAutoincrement(late, 'runs', () => 12)).toBe(false)

  expect(sequences(second)).toEqual([{ name: 'runs', seq: 9 }])
  first.close()
  second.close()
})

test('the highest id that is known only from elsewhere is not given out again', () => {
  const database = oldRuns()
  database.exec('DELETE FROM runs WHERE id = 7')
  ensureAutoincrement(database, 'runs', () => 9)
  expect(insertRun(database)).toBe(10)
})

test('an older sequence counts, and of several the highest', () => {
  const database = oldRuns()
  database.exec('CREATE TABLE others (id INTEGER PRIMARY KEY AUTOINCREMENT)')
  database.exec("INSERT INTO sqlite_sequence VALUES ('runs', 3), ('others', 5), ('runs', 12)")
  ensureAutoincrement(database, 'runs', () => 9)
  expect(sequences(database)).toEqual([
    { name: 'others', seq: 5 },
    { name: 'runs', seq: 12 },
  ])
  expect(insertRun(database)).toBe(13)
})

test('a table that has AUTOINCREMENT and two sequences goes on from the higher one', () => {
  const database = oldRuns()
  ensureAutoincrement(database, 'runs')
  database.exec("INSERT INTO sqlite_sequence VALUES ('runs', 12)")

  expect(ensureAutoincrement(database, 'runs')).toBe(true)

  expect(sequences(database)).toEqual([{ name: 'runs', seq: 12 }])
})

test('ids beyond what JavaScript counts are counted', () => {
  const database = oldRuns()
  database.exec('INSERT INTO runs (id, created_at) VALUES (9007199254740993, 1)')
  ensureAutoincrement(database, 'runs')
  database.exec('INSERT INTO runs (created_at) VALUES (1)')
  const ids = database.prepare('SELECT id FROM runs ORDER BY id DESC LIMIT 2').safeIntegers().pluck().all()
  expect(ids).toEqual([9007199254740994n, 9007199254740993n])
})

test('rows that no CHECK would let in are kept as they are', () => {
  const database = oldRuns()
  database.pragma('ignore_check_constraints = ON')
  database.exec("UPDATE runs SET state = 'impossible' WHERE id = 4")
  database.pragma('ignore_check_constraints = OFF')
  const before = contentsOf(database)

  ensureAutoincrement(database, 'runs')

  expect(contentsOf(database)).toEqual(before)
})

test('references that led nowhere before still do, and keep nobody from it', () => {
  const database = oldRuns()
  database.pragma('foreign_keys = OFF')
  database.exec('UPDATE runs SET parent_run_id = 99 WHERE id = 1')
  database.pragma('foreign_keys = ON')
  ensureAutoincrement(database, 'runs')
  expect(database.prepare('SELECT parent_run_id FROM runs WHERE id = 1').pluck().get()).toBe(99)
})

test('a left-over table of the name that it takes meanwhile is left alone', () => {
  const database = oldRuns()
  database.exec('CREATE TABLE runs_anew (text TEXT)')
  ensureAutoincrement(database, 'runs')
  expect(database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'runs_anew'").pluck().get()).toBe(
    'CREATE TABLE runs_anew (text TEXT)',
  )
})

test.each([
  ['CREATE TABLE runs (id INTEGER, PRIMARY KEY (id))', /another primary key than a single column/],
  ['CREATE TABLE runs (id INTEGER PRIMARY KEY) WITHOUT ROWID', /is WITHOUT ROWID/],
  ['CREATE TABLE runs (id INTEGER PRIMARY KEY DESC)', /declared DESC/],
  ['CREATE TABLE runs (id INT PRIMARY KEY)', /another primary key/],
  ['CREATE TABLE runs (id TEXT)', /has no primary key/],
  ['CREATE TABLE elsewhere (id INTEGER PRIMARY KEY)', /there is no table runs/],
])('%s is refused with a sentence and left alone', (sql, sentence) => {
  const database = new BetterSqlite3(':memory:')
  database.exec(sql)
  const before = database.serialize()

  expect(() => ensureAutoincrement(database, 'runs')).toThrow(SchemaError)
  expect(() => ensureAutoincrement(database, 'runs')).toThrow(sentence)

  expect(database.serialize().equals(before)).toBe(true)
})

test('a rebuild that changes anything is rolled back', () => {
  const database = oldRuns()
  const before = { text: textOf(database), contents: contentsOf(database) }
  const forgetful = Object.assign(
    interruptedDatabase(database, () => undefined),
    {
      exec: (sql: string) => (sql.startsWith('CREATE INDEX') ? undefined : database.exec(sql)),
      transaction: (work: () => unknown) => ({ immediate: () => database.transaction(work).immediate() }),
    },
  ) as unknown as RealDatabase

  expect(() => ensureAutoincrement(forgetful, 'runs')).toThrow(SchemaError)
  expect(() => ensureAutoincrement(forgetful, 'runs')).toThrow(/changed its indexes and objects/)

  expect({ text: textOf(database), contents: contentsOf(database) }).toEqual(before)
})

test.each([
  ['CREATE TABLE runs (id INTEGER CONSTRAINT known CHECK (id NOT IN (0, -1)) PRIMARY KEY, text TEXT) STRICT'],
  ['CREATE TABLE runs /* ( */ (text, id --, PRIMARY KEY\n /* TEXT */ INTEGER /* NOT */ PRIMARY /**/ KEY /* DESC */)'],
  ['CREATE TABLE "runs" (text TEXT DEFAULT "a, id INTEGER PRIMARY KEY", [id] "INTEGER" NOT NULL PRIMARY KEY)'],
  ["create table runs(`a primary key` text, ID integer primary key asc on conflict ignore check(RUNS.id<>'('))"],
  ['CREATE TABLE IF NOT EXISTS main.runs (id INTEGER PRIMARY KEY CHECK (id <> 1.5), größe, x AS (id + 2) STORED)'],
])('%s gets what it lacks, and nothing else', (sql) => {
  const database = new BetterSqlite3(':memory:')
  database.exec(sql)
  const columns = () => database.prepare("SELECT * FROM pragma_table_xinfo('runs')").all()
  const before = columns()
  database.exec('INSERT INTO runs (id) VALUES (3)')

  expect(ensureAutoincrement(database, 'runs')).toBe(true)

  expect(columns()).toEqual(before)
  database.exec('DELETE FROM runs')
  expect(database.prepare('INSERT INTO runs (id) VALUES (NULL)').run().lastInsertRowid).toBe(4)
})

class Crash extends Error {}

/** Rebuilds the file's runs up to before its nth statement; false: there were not so many. */
function crashesBefore(nth: number): boolean {
  let left = nth
  const real = new BetterSqlite3(file)
  const database = interruptedDatabase(real, () => {
    if (--left === 0) throw new Crash()
  })
  try {
    ensureAutoincrement(database, 'runs', () => 9)
    return false
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    return true
  } finally {
    real.close()
  }
}

test('a crash before any statement changes nothing, and the next one finishes it', () => {
  let crashes = 0
  for (let nth = 1; ; nth++) {
    rmSync(file, { force: true })
    const old = oldRuns(file)
    const before = { text: textOf(old), contents: contentsOf(old) }
    old.close()

    if (!crashesBefore(nth)) break
    crashes++

    const database = new BetterSqlite3(file)
    expect({ text: textOf(database), contents: contentsOf(database) }).toEqual(before)
    expect(ensureAutoincrement(database, 'runs', () => 9)).toBe(true)
    expect(contentsOf(database)).toEqual(before.contents)
    expect(sequences(database)).toEqual([{ name: 'runs', seq: 9 }])
    expect(insertRun(database)).toBe(10)
    database.close()
  }
  expect(crashes).toBeGreaterThan(20)
})

test('whatever was inserted, deleted, counted or known: the rows stay, and the next id was never used', () => {
  const id = fc.integer({ min: 1, max: 40 })
  const story = fc.record({
    given: fc.uniqueArray(fc.record({ id, text: fc.option(fc.string()) }), { selector: (row) => row.id }),
    inserted: fc.nat({ max: 5 }),
    deleted: fc.array(id),
    counted: fc.array(id, { maxLength: 3 }),
    known: fc.nat({ max: 50 }),
    quoted: fc.constantFrom('runs', '"runs"', '[runs]', '`runs`'),
    clause: fc.constantFrom('', ' ASC', ' ON CONFLICT REPLACE', " CHECK ('(' <> ')')", ' /* AUTOINCREMENT */'),
  })
  fc.assert(
    fc.property(story, ({ given, inserted, deleted, counted, known, quoted, clause }) => {
      const database = new BetterSqlite3(':memory:')
      database.exec(`CREATE TABLE ${quoted} (text TEXT DEFAULT ', PRIMARY KEY', id INTEGER PRIMARY KEY${clause})`)
      if (counted.length > 0) database.exec('CREATE TABLE others (id INTEGER PRIMARY KEY AUTOINCREMENT)')
      for (const seq of counted) database.prepare("INSERT INTO sqlite_sequence VALUES ('runs', ?)").run(seq)
      for (const row of given) database.prepare('INSERT INTO runs (id, text) VALUES (?, ?)').run(row.id, row.text)
      for (let n = 0; n < inserted; n++) database.exec('INSERT INTO runs DEFAULT VALUES')
      for (const one of deleted) database.prepare('DELETE FROM runs WHERE id = ?').run(one)
      const rows = database.prepare('SELECT * FROM runs ORDER BY id').all() as { id: number }[]
      const highest = Math.max(0, known, ...counted, ...rows.map((row) => row.id))

      expect(ensureAutoincrement(database, 'runs', () => known)).toBe(true)

      expect(database.prepare('SELECT * FROM runs ORDER BY id').all()).toEqual(rows)
      expect(sequences(database)).toEqual([{ name: 'runs', seq: highest }])
      expect(ensureAutoincrement(database, 'runs', () => known)).toBe(false)
      expect(database.prepare('INSERT INTO runs DEFAULT VALUES').run().lastInsertRowid).toBe(highest + 1)
      database.close()
    }),
    { seed: seedNumber },
  )
})
