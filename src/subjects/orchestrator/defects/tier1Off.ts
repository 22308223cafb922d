import { Reaper } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Trusts that every exit is heard of. */
class TrustfulReaper extends Reaper {
  protected override health(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}

export const tier1Off: Flaw = {
  name: 'tier1-off',
  incident: 'stale run-ownership: tier 1',
  family: 'ownership',
  breaks: ['ORCH-13'],
  story: 'when the notice of an exit is lost, nobody looks whether the process still lives',
  variant: { parts: () => ({ reaper: (...parameters) => new TrustfulReaper(...parameters) }) },
}
