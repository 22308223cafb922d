/** Asks the database file for a job each time it is told to on standard input; argv is the file and maxConcurrency. */
import { createInterface } from 'node:readline'
import BetterSqlite3 from 'better-sqlite3'
import { defaultOptions, SqliteStore } from '../../src/system/index.ts'
import { server } from './handDrivenMachine.ts'
import { inline } from './realDatabase.ts'
import { sharedLife } from './sharedLife.ts'

const [path, maxConcurrency] = process.argv.slice(2)
const options = { ...defaultOptions, maxConcurrency: Number(maxConcurrency) }
const store = new SqliteStore(new BetterSqlite3(path), inline, options)
const life = await sharedLife(store, server, `life${process.pid}`, 0)
let claims = 0

const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`)
say('ready')
for await (const _ of createInterface({ input: process.stdin })) {
  const claim = await store.claimNextJob(life, () => `run${claims++}`, [], 0)
  say(typeof claim === 'object' ? claim.id : 'nothing')
}
