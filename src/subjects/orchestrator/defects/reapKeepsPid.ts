import type { Flaw } from './flaw.ts'
import { keepsOwner, verbsWith } from './variant.ts'

export const reapKeepsPid: Flaw = {
  name: 'reap-keeps-pid',
  incident: 'stale run-ownership: D1, reap_running_job(queued)',
  family: 'ownership',
  breaks: ['ORCH-1'],
  story: 'the reaper gives a job back to the queue with run_id and pid still on it',
  variant: { ignoreChecks: true, parts: () => verbsWith(['reapJob'], keepsOwner) },
}
