import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

export const deletionUnheard: Flaw = {
  name: 'deletion-unheard',
  incident: 'our own: a deletion that came before the wait',
  family: 'run-ids',
  breaks: ['FBI-12', 'GONE'],
  story:
    'a job is deleted while it runs and somebody looks at it: when it has ended, its container is kept for the one who looks',
  variant: {
    parts: () =>
      storeWith({
        cancelRequests: without(
          sql.cancelRequests,
          'released_at IS NOT NULL OR EXISTS (SELECT 1 FROM deletions AS d WHERE d.job_id = runs.job_id)',
          'released_at IS NOT NULL',
        ),
      }),
  },
}
