import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, unfenced, without } from './variant.ts'

export const unguardedOutcome: Flaw = {
  name: 'unguarded-outcome',
  incident: 'run-id reuse: the final write is unguarded',
  family: 'adoption',
  breaks: ['STALE', 'FBI-7', 'ORCH-5'],
  story: 'an actor that was given up writes the outcome of its container to a job that is no longer its own',
  variant: {
    parts: () =>
      storeWith({
        heldJob: without(unfenced.heldJob, " AND status = 'running'"),
        finish: without(sql.finish, " AND status = 'running'"),
        backToQueue: without(sql.backToQueue, " AND status = 'running'"),
        recordExit: without(sql.recordExit, ' AND finished_at IS NULL AND life_id = ?', ' AND (? OR 1)'),
      }),
  },
}
