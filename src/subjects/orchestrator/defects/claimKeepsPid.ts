import type { Flaw } from './flaw.ts'
import { claimKeepsOwner, storeWith } from './variant.ts'

export const claimKeepsPid: Flaw = {
  name: 'claim-keeps-pid',
  incident: 'stale run-ownership: D2',
  family: 'legacy',
  breaks: ['ORCH-3', 'ORCH-2'],
  story: 'a claim does not clear the run_id and pid that an old database has left on a queued job',
  variant: { parts: () => storeWith(claimKeepsOwner) },
}
