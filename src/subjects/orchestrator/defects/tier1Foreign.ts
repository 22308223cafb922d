import { type Health, Reaper, type Running, sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

/** Watches over the jobs of all servers, and asks its own pid namespace for processes of another. */
class ProvincialReaper extends Reaper {
  protected override async health(running: Running): Promise<Health | undefined> {
    return super.health({ ...running, boot_id: null, pid_namespace: null })
  }
}

export const tier1Foreign: Flaw = {
  name: 'tier1-foreign',
  incident: 'stale run-ownership: pids of another namespace',
  family: 'ownership',
  breaks: ['ORCH-7'],
  story: 'the reaper looks for the processes of a server in another container among its own, and takes them for dead',
  variant: {
    parts: () => ({
      ...storeWith({ running: without(sql.running, ' AND j.life_id = ?', ' AND (? OR 1)') }),
      reaper: (...parameters) => new ProvincialReaper(...parameters),
    }),
  },
}
