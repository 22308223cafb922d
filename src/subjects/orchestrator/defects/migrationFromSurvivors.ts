import { ensureAutoincrement, idTables } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

export const migrationFromSurvivors: Flaw = {
  name: 'migration-from-survivors',
  incident: 'run-id reuse: FIX3',
  family: 'migration',
  breaks: ['FBI-2', 'FBI-11'],
  story:
    'the migration goes on from the highest id among the rows that are left, and not from the highest that was given out',
  variant: {
    migrate: (database) => {
      for (const table of idTables) ensureAutoincrement(database, table)
    },
  },
}
