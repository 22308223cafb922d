/** An old database of ours, whose ids could return: it is brought up to date, and whatever was given out stays so. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HostError } from '../src/host/index.ts'
import { open } from '../src/library/opening.ts'
import { LATEST_RUN, makeOld, usedBefore } from '../src/subjects/orchestrator/oldDatabase.ts'
import { idTables, migrate } from '../src/system/index.ts'
import { sequences } from './support/oldRuns.ts'
import { type RealDatabase, realDatabase } from './support/realDatabase.ts'

/** The latest run that a row of the old database names. */
const NAMED_RUN = 6

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strandline-'))
  file = join(folder, 'jobs.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

function oldDatabase(path = ':memory:'): RealDatabase {
  const database = realDatabase(path)
  makeOld(database)
  return database
}

const counted = (runs: number) => [
  { name: 'jobs', seq: usedBefore.jobs },
  { name: 'runs', seq: runs },
  { name: 'lives', seq: usedBefore.lives },
]

/** The texts of all that there is, tables with and without AUTOINCREMENT being the same. */
function textsOf(database: RealDatabase): unknown {
  const texts = database.prepare("SELECT name, sql FROM sqlite_schema WHERE name <> 'sqlite_sequence' ORDER BY name")
  return (texts.all() as { name: string; sql: string | null }[]).map(({ name, sql }) => ({
    name,
    sql: sql?.replace(' AUTOINCREMENT', '').replace(`CREATE TABLE "${name}"`, `CREATE TABLE ${name}`),
  }))
}

test('the next job, run and life have numbers that were never given out', () => {
  const database = oldDatabase()
  migrate(database)
  expect(sequences(database)).toEqual(counted(NAMED_RUN))
})

test('rows, columns, indexes and references are kept, and nothing is asked of the disk again', () => {
  const database = oldDatabase()
  const contents = () => idTables.map((table) => database.prepare(`SELECT * FROM ${table} ORDER BY id`).all())
  const before = { rows: contents(), texts: textsOf(database) }

  migrate(database)
  expect({ rows: contents(), texts: textsOf(database) }).toEqual(before)

  const after = database.serialize()
  migrate(database, { highestRun: () => expect.unreachable('asked again') })
  expect(database.serialize().equals(after)).toBe(true)
})

test('a database made today is what an old one becomes', () => {
  const old = oldDatabase()
  migrate(old)
  const today = realDatabase()
  // In the old days a deletion did not refer to its job.
  const others = (database: RealDatabase) =>
    (textsOf(database) as { name: string }[]).filter(({ name }) => name !== 'deletions')
  expect(others(old)).toEqual(others(today))
})

test('a run of which only the directory is left counts as given out', () => {
  oldDatabase(file).close()
  mkdirSync(join(`${file}-runs`, String(LATEST_RUN)), { recursive: true })
  mkdirSync(join(`${file}-runs`, 'notes-12'))

  open(file, {}, false).host.close()

  const database = new BetterSqlite3(file)
  expect(sequences(database)).toEqual(counted(LATEST_RUN))
  database.close()
})

test('without a directory for runs there is nothing to count', () => {
  oldDatabase(file).close()
  open(file, {}, false).host.close()
  const database = new BetterSqlite3(file)
  expect(sequences(database)).toEqual(counted(NAMED_RUN))
  database.close()
})

test('where the directories cannot be read, the database is refused with a sentence and stays old', () => {
  const old = oldDatabase(file)
  const before = textsOf(old)
  old.close()
  writeFileSync(`${file}-runs`, 'no directory')

  expect(() => open(file, {}, false)).toThrow(HostError)
  expect(() => open(file, {}, false)).toThrow(/cannot be used for runs: ENOTDIR/)

  const database = new BetterSqlite3(file)
  expect(textsOf(database)).toEqual(before)
  expect(database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'runs'").pluck().get()).not.toContain(
    'AUTOINCREMENT',
  )
  database.close()
})
