/**
 * Time and randomness inside SQL follow the world: SQLite's own functions are shadowed by ones that delegate to the
 * genuine ones on a helper connection, with the virtual time in the place of 'now'. The keywords CURRENT_TIMESTAMP, DATE
 * and TIME, defaults and triggers go through the same functions. `deterministic` is needed for generated columns and
 * spares a call per row (spec, interception 4).
 */
import BetterSqlite3 from 'better-sqlite3'
import type { SqlValue } from '../ports/index.ts'

export interface SqlWorld {
  nowMs(): number
  randomBits(): number
}

const UNIX_EPOCH_JULIAN_DAY = 2440587.5
const DAY_MS = 86_400_000

/** Name → the position at which the time value stands. */
const timeFunctions: ReadonlyMap<string, number> = new Map([
  ['date', 0],
  ['time', 0],
  ['datetime', 0],
  ['julianday', 0],
  ['unixepoch', 0],
  ['strftime', 1],
  ['timediff', 0],
])

let helper: BetterSqlite3.Database | undefined
const genuine = new Map<string, BetterSqlite3.Statement<SqlValue[]>>()

function callGenuine(name: string, values: readonly SqlValue[]): SqlValue {
  const key = `${name}/${values.length}`
  let statement = genuine.get(key)
  if (statement === undefined) {
    if (helper === undefined) helper = new BetterSqlite3(':memory:')
    statement = helper.prepare<SqlValue[]>(`SELECT ${name}(${values.map(() => '?').join(', ')})`).pluck()
    genuine.set(key, statement)
  }
  return statement.get(...values) as SqlValue
}

function isModifierAlone(value: SqlValue): boolean {
  return typeof value === 'string' && /^subsec(ond)?$/i.test(value)
}

export function followWorld(native: BetterSqlite3.Database, world: () => SqlWorld): void {
  for (const [name, at] of timeFunctions) {
    native.function(name, { varargs: true, deterministic: true }, (...given: SqlValue[]) => {
      const values = [...given]
      const now = world().nowMs() / DAY_MS + UNIX_EPOCH_JULIAN_DAY
      // date('subsec') means now with fractions: the time value is left out.
      if (values.length === at || (values.length === at + 1 && isModifierAlone(values[at]!))) values.splice(at, 0, now)
      for (let i = at; i < values.length; i++) {
        const value = values[i]
        if (typeof value === 'string' && value.toLowerCase() === 'now') values[i] = now
      }
      return callGenuine(name, values)
    })
  }
  native.function('random', () => (BigInt(world().randomBits() | 0) << 32n) | BigInt(world().randomBits() >>> 0))
  native.function('randomblob', (length: unknown) => {
    const bytes = Buffer.alloc(Math.max(1, Number(length)))
    for (let i = 0; i < bytes.length; i++) bytes[i] = world().randomBits() & 0xff
    return bytes
  })
}
