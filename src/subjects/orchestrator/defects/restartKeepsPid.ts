import type { Flaw } from './flaw.ts'
import { keepsOwner, verbsWith } from './variant.ts'

export const restartKeepsPid: Flaw = {
  name: 'restart-keeps-pid',
  incident: 'stale run-ownership: D1, requeue_running_jobs',
  family: 'ownership',
  breaks: ['ORCH-1'],
  story: 'a restart gives running jobs back to the queue with run_id and pid still on them',
  variant: { ignoreChecks: true, parts: () => verbsWith(['requeueRunningJobs'], keepsOwner) },
}
