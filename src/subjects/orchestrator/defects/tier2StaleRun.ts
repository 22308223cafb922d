import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

/** Looks up the exit by the published run_id instead of by the run of this claim. */
export const tier2ByRunId = without(sql.running, 'r.id = j.fence', 'r.id = j.run_id')

export const tier2StaleRun: Flaw = {
  name: 'tier2-stale-run',
  incident: 'stale run-ownership: tier 2 believes a stale run_id',
  family: 'ownership',
  breaks: ['ORCH-6'],
  story: 'the reaper ends a fresh claim with the outcome of an earlier run, whose id was left on the job',
  variant: {
    ignoreChecks: true,
    parts: (parts) => ({
      ...storeWith({
        running: tier2ByRunId,
        backToQueue: without(sql.backToQueue, 'run_id = NULL, '),
        claim: without(sql.claim, 'run_id = NULL, '),
        stampJob: without(sql.stampJob, ' AND run_id IS NULL'),
      }),
      // A grace of seconds: it need not outlast a spawn window of minutes to be seen.
      reaper: (store, ports, options, ...rest) =>
        parts.reaper(store, ports, { ...options, exitGraceMs: 5_000 }, ...rest),
    }),
  },
}
