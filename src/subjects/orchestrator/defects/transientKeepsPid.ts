import type { Flaw } from './flaw.ts'
import { keepsOwner, verbsWith } from './variant.ts'

export const transientKeepsPid: Flaw = {
  name: 'transient-keeps-pid',
  incident: 'stale run-ownership: D1, mark_job_transient',
  family: 'ownership',
  breaks: ['ORCH-1'],
  story: 'a transient failure gives the job back to the queue with run_id and pid still on it',
  variant: { ignoreChecks: true, parts: () => verbsWith(['requeueTransient'], keepsOwner) },
}
