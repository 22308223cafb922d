/**
 * A database that is not ours is refused with a sentence, and stays as it was; ours refuses rows that cannot be, and finds
 * what it looks for in every round without reading all jobs.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../src/ports/index.ts'
import { migrate, SchemaError, type Statements, sql } from '../src/system/index.ts'
import { opaque } from '../src/system/storeRows.ts'
import { realDatabase } from './support/realDatabase.ts'

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

test.each<readonly [what: string, columns: Readonly<Record<string, string | number>>]>([
  ['neither a command nor a task', {}],
  ['both a command and a task', { argv: '["work"]', task: 'mail', payload: 'null' }],
  ['a command that is no list', { argv: '"work"' }],
  ['an environment that is no object', { argv: '["work"]', environment: '[]' }],
  ['a payload that is no JSON', { task: 'mail', payload: '{' }],
  ['a status that there is not', { argv: '["work"]', status: 'paused' }],
  ['waiting, and yet somebody owns it', { argv: '["work"]', pid: 35 }],
  ['waiting, and yet it has ended', { argv: '["work"]', finished_at: 5 }],
  ['an image and no mount', { argv: '["work"]', image: 'agent' }],
  ['a mount and no image', { argv: '["work"]', mount: 'f' }],
  ['a task in a container', { task: 'mail', payload: 'null', image: 'agent', mount: 'f' }],
  ['done, and yet it has not ended', { argv: '["work"]', status: 'done' }],
])('a job is refused that is or has %s', (_, columns) => {
  const database = realDatabase()
  const row = { agent: 'builder', repo: 'one', created_at: 1, ...columns }
  const names = Object.keys(row)
  const insert = database.prepare(`INSERT INTO jobs (${names}) VALUES (${names.map(() => '?')})`)
  expect(() => insert.run(...Object.values(row))).toThrow('CHECK constraint failed')
  database.close()
})

test.each<keyof Statements>([
  'claimable',
  'claimableGated',
  'cancelRequests',
  'running',
  'orphans',
  'findImpossibleQueued',
  'sanitizeImpossibleQueued',
  'removable',
  'removableOne',
  'removeRuns',
  'runsOfJob',
  'runsOver',
  'unknownRuns',
  'containersOver',
  'unknownMounts',
  'waitingRuns',
  'releaseRuns',
  'relaunch',
  'insertRun',
  'adoptJob',
  'adoptRun',
  'closeRun',
  'recordExit',
  'removeDeletion',
])('%s does not read all jobs, nor all runs', (name) => {
  const database = realDatabase()
  const parameters = sql[name].match(/\?/g) ?? []
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${opaque(sql[name])}`).all(parameters.map(() => null)) as {
    detail: string
  }[]
  const details = plan.map(({ detail }) => detail)
  expect(details).not.toEqual([])
  expect(details.filter((detail) => /^SCAN (jobs|runs|j|r|candidate|earlier|other|waiting)$/.test(detail))).toEqual([])
  database.close()
})
