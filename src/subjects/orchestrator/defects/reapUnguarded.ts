import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { verbsWith, without } from './variant.ts'

export const reapUnguarded: Flaw = {
  name: 'reap-unguarded',
  incident: 'stale run-ownership: a reap that does not look',
  family: 'ownership',
  breaks: ['ORCH-5', 'ORCH-8'],
  story: 'the reaper ends what it found running a moment ago, although it has ended since',
  variant: {
    ignoreChecks: true,
    parts: () =>
      verbsWith(['reapJob'], {
        heldJob: without(sql.heldJob, " AND status = 'running'"),
        backToQueue: without(sql.backToQueue, " AND status = 'running'"),
        finish: without(sql.finish, " AND status = 'running'"),
        exitRecorded: without(sql.exitRecorded, 'finished_at IS NOT NULL', '0'),
      }),
  },
}
