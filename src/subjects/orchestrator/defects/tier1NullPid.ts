import { type Health, Reaper, type Running } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Takes a job that has no pid yet for one whose process is dead. */
class HastyReaper extends Reaper {
  protected override async health(running: Running): Promise<Health | undefined> {
    return running.pid === null ? { state: 'notFound' } : super.health(running)
  }
}

export const tier1NullPid: Flaw = {
  name: 'tier1-null-pid',
  incident: 'stale run-ownership: tier 1 does not skip NULL',
  family: 'ownership',
  breaks: ['ORCH-6'],
  story: 'the reaper takes a job in its spawn window for one whose process is dead',
  variant: { parts: () => ({ reaper: (...parameters) => new HastyReaper(...parameters) }) },
}
