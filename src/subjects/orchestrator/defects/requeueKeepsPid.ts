import type { Flaw } from './flaw.ts'
import { keepsOwner, verbsWith } from './variant.ts'

export const requeueKeepsPid: Flaw = {
  name: 'requeue-keeps-pid',
  incident: 'stale run-ownership: D1, mark_job(queued)',
  family: 'ownership',
  breaks: ['ORCH-1'],
  story: 'a failed run gives its job back to the queue with run_id and pid still on it',
  variant: { ignoreChecks: true, parts: () => verbsWith(['requeueJob'], keepsOwner) },
}
