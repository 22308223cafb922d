import type { Flaw } from './flaw.ts'
import { publishedRuns } from './publishedRuns.ts'

export const unfencedResult: Flaw = {
  name: 'unfenced-result',
  incident: 'run-id reuse: a result that another run wrote',
  family: 'run-ids',
  breaks: ['FBI-6', 'FBI-1', 'FBI-5'],
  story:
    'the state directory is called by the id of its run alone, and ids return: what an earlier run has written is believed',
  variant: publishedRuns({
    removesFirst: false,
    unlinksSignals: false,
    keepsIds: false,
    fencesWrites: true,
    rememberCancels: true,
  }),
}
