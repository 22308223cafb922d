import { type Attempt, Registry } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { publishedRuns } from './publishedRuns.ts'

/** Removes whoever has the entry by now. */
class ConfusedRegistry extends Registry {
  protected override leave({ claim }: Attempt): void {
    this.entries.delete(claim.fence)
  }
}

const base = publishedRuns({
  removesFirst: true,
  unlinksSignals: true,
  keepsIds: false,
  fencesWrites: true,
  rememberCancels: true,
})

export const registryById: Flaw = {
  name: 'registry-by-id',
  incident: 'run-id reuse: the entry of the registry is removed by id alone',
  family: 'succession',
  breaks: ['ACTOR', 'FBI-9'],
  story:
    'ids return, an old actor ends and removes the entry of the new actor of that id: no cancel reaches that one any more',
  variant: {
    ...base,
    parts: (parts, view) => ({
      ...base.parts!(parts, view),
      registry: (...parameters) => new ConfusedRegistry(...parameters),
    }),
  },
}
