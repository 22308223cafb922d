/** A database that does something of ours before every statement, such as to end: each is a point at which a crash may fall. */
import type { Database, Statement } from '../../src/ports/index.ts'
import type { RealDatabase } from './realDatabase.ts'

export function interruptedDatabase(real: RealDatabase, before: () => void): Database {
  const then = <T>(statement: () => T): T => {
    before()
    return statement()
  }
  return {
    prepare: (sql): Statement => {
      const statement = real.prepare<unknown[]>(sql)
      return {
        run: (...given) => then(() => statement.run(...given)),
        get: (...given) => then(() => statement.get(...given)),
        all: (...given) => then(() => statement.all(...given)),
      }
    },
    exec: (sql) => then(() => real.exec(sql)),
    pragma: (source, options) => real.pragma(source, options),
    transaction: (work) => ({
      immediate: () => {
        then(() => real.exec('BEGIN IMMEDIATE'))
        // Whoever ends before the COMMIT rolls nothing back: the next opener does.
        const result = work()
        then(() => real.exec('COMMIT'))
        return result
      },
    }),
  }
}
