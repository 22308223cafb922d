/** Asks the database file for a life that it does not share, each time it is told to on standard input; argv is the file. */
import { createInterface } from 'node:readline'
import BetterSqlite3 from 'better-sqlite3'
import { defaultOptions, SqliteStore } from '../../src/system/index.ts'
import { server } from './handDrivenMachine.ts'
import { inline } from './realDatabase.ts'

const store = new SqliteStore(new BetterSqlite3(process.argv[2]), inline, defaultOptions)
let lives = 0

const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`)
say('ready')
for await (const _ of createInterface({ input: process.stdin })) {
  const life = await store.openLife(server, `life${process.pid}/${lives++}`, false, 0)
  say('rivals' in life ? 'held' : life.id)
}
