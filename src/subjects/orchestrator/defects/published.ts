/** Incident 2 as it was published: D1, D2 and D4 missing, no fence, pids without identity, no limit on the spawn window. */
import type { Ports } from '../../../ports/index.ts'
import { type Health, Reaper, type Running } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { tier2ByRunId } from './tier2StaleRun.ts'
import { claimKeepsOwner, keepsOwner, storeWith, unfenced } from './variant.ts'

/** Tier 1 as published: a pid that is alive is the run's process. */
class PublishedReaper extends Reaper {
  private readonly processes: Ports['processes']

  constructor(...parameters: ConstructorParameters<typeof Reaper>) {
    super(...parameters)
    this.processes = parameters[1].processes
  }

  protected override async health({ pid }: Running): Promise<Health | undefined> {
    if (pid === null) return undefined
    return { state: (await this.processes.probe({ pid })) === 'gone' ? 'notFound' : 'running' }
  }
}

export const published: Flaw = {
  name: 'published',
  incident: 'stale run-ownership (ORCH-126)',
  family: 'reuse',
  breaks: ['PHANTOM', 'STALE-PID', 'ORCH-13', 'ORCH-12', 'ORCH-1', 'ORCH-2', 'ORCH-3'],
  story:
    'a requeue keeps run_id and pid, a claim does not clear them: the reaper then guards whatever process has that pid by now, and the queue stands still for 90 minutes',
  variant: {
    ignoreChecks: true,
    parts: (parts) => ({
      ...storeWith({ ...keepsOwner, ...claimKeepsOwner, ...unfenced, running: tier2ByRunId }),
      registry: (store, ports, options, ...rest) =>
        parts.registry(store, ports, { ...options, spawnTimeoutMs: options.ageMaxMs * 2 }, ...rest),
      reaper: (...parameters) => new PublishedReaper(...parameters),
      sanitizer: (store) => parts.sanitizer(store, false),
    }),
  },
}
