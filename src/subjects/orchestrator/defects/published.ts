/** Incident 2 as it was published: D1, D2 and D4 missing, no fence, pids without identity, no limit on the spawn window. */
import { Reaper } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { tier2ByRunId } from './tier2StaleRun.ts'
import { barePids, claimKeepsOwner, keepsOwner, storeWith, unfenced } from './variant.ts'

export const published: Flaw = {
  name: 'published',
  incident: 'stale run-ownership (ORCH-126)',
  family: 'reuse',
  breaks: ['STALE-PID', 'ORCH-12', 'ORCH-1', 'ORCH-2', 'ORCH-3'],
  story:
    'a requeue keeps run_id and pid, a claim does not clear them: the reaper then guards whatever process has that pid by now, and the queue stands still for 90 minutes',
  variant: {
    ignoreChecks: true,
    parts: (parts) => ({
      ...storeWith({ ...keepsOwner, ...claimKeepsOwner, ...unfenced, running: tier2ByRunId }),
      launcher: (store, ports, options, ...hooks) =>
        parts.launcher(store, ports, { ...options, spawnTimeoutMs: options.ageMaxMs * 2 }, ...hooks),
      reaper: (store, ports, options, onReaped) => new Reaper(store, barePids(ports), options, onReaped),
      sanitizer: (store) => parts.sanitizer(store, false),
    }),
  },
}
