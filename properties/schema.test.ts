/** A database that is not ours is refused with a sentence, and stays as it was. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../src/ports/index.ts'
import { migrate, SchemaError } from '../src/system/index.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strandline-'))
  file = join(folder, 'jobs.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

function open(): Database & { close(): void } {
  return new BetterSqlite3(file) as unknown as Database & { close(): void }
}

test('a text file is refused and left alone', () => {
  const text = 'this was never a database\n'.repeat(100)
  writeFileSync(file, text)
  const database = open()

  expect(() => migrate(database)).toThrow(SchemaError)
  expect(() => migrate(database)).toThrow(/not a SQLite database, or it is damaged/)

  database.close()
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a database of another program is refused and keeps its tables', () => {
  const database = open()
  database.exec('CREATE TABLE recipes (name TEXT)')

  expect(() => migrate(database)).toThrow(/another program/)

  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  expect(tables).toEqual([{ name: 'recipes' }])
  database.close()
})

test('migrating twice changes nothing', () => {
  const database = open()
  migrate(database)
  const before = database.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all()
  const token = database.prepare('SELECT token FROM installation').get()

  migrate(database)

  expect(database.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all()).toEqual(before)
  expect(database.prepare('SELECT token FROM installation').get()).toEqual(token)
  database.close()
})
