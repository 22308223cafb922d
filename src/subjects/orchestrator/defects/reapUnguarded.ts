import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { unfenced, verbsWith, without } from './variant.ts'

export const reapUnguarded: Flaw = {
  name: 'reap-unguarded',
  incident: 'stale run-ownership: a reap that does not look',
  family: 'servers',
  breaks: ['ORCH-5', 'ORCH-8', 'STALE'],
  story: 'whoever takes over ends what it found running a moment ago, although another has ended it since',
  variant: {
    ignoreChecks: true,
    parts: () =>
      verbsWith(['reapJob', 'requeueRunningJobs'], {
        heldJob: without(unfenced.heldJob, " AND status = 'running'"),
        backToQueue: without(sql.backToQueue, " AND status = 'running'"),
        finish: without(sql.finish, " AND status = 'running'"),
        exitRecorded: without(sql.exitRecorded, 'finished_at IS NOT NULL', '0'),
      }),
  },
}
