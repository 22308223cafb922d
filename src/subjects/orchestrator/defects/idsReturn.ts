import { migration } from '../migration.ts'
import { runIds } from '../runIds.ts'
import type { Flaw } from './flaw.ts'
import { publishedRuns } from './publishedRuns.ts'

export const idsReturn: Flaw = {
  name: 'ids-return',
  incident: 'run-id reuse: FIX3',
  family: 'run-ids',
  breaks: ['FBI-2', 'FBI-3', 'FBI-1', 'STALE'],
  story:
    'the id of a deleted row is given out again, and the actor of the deleted run writes to the row of the new one',
  variant: {
    ...publishedRuns({
      removesFirst: true,
      unlinksSignals: true,
      keepsIds: false,
      fencesWrites: false,
      rememberCancels: true,
    }),
    invariants: [...runIds, ...migration],
  },
}
