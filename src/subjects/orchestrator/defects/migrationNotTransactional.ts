import type { Database } from '../../../ports/index.ts'
import { migrate } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Every statement is committed by itself. */
function untransacted(database: Database): Database {
  return {
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => database.exec(sql),
    pragma: (source, options) => database.pragma(source, options),
    transaction: (work) => ({ immediate: work }),
  }
}

export const migrationNotTransactional: Flaw = {
  name: 'migration-not-transactional',
  incident: 'run-id reuse: FIX3',
  family: 'migration',
  breaks: ['FBI-11'],
  story: 'the statements of the migration are no transaction, so that a crash between two of them leaves half of it',
  variant: { migrate: (database, traces) => migrate(untransacted(database), traces) },
}
