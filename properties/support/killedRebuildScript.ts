/** A program of its own that rebuilds the runs of a database and kills itself before its nth statement. */
import BetterSqlite3 from 'better-sqlite3'
import { ensureAutoincrement } from '../../src/system/index.ts'
import { interruptedDatabase } from './interruptedDatabase.ts'

const [file, nth] = process.argv.slice(2)
let left = Number(nth)
const database = interruptedDatabase(new BetterSqlite3(file), () => {
  if (--left === 0) process.kill(process.pid, 'SIGKILL')
})
ensureAutoincrement(database, 'runs', () => 9)
