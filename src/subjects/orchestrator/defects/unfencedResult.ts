import { runIds } from '../runIds.ts'
import type { Flaw } from './flaw.ts'
import { publishedRuns } from './publishedRuns.ts'

/** What a stale result comes to; that ids return is the premise here, and not what is looked for. */
const outcomes = ['FBI-1', 'FBI-6']

export const unfencedResult: Flaw = {
  name: 'unfenced-result',
  incident: 'run-id reuse: a result that another run wrote',
  family: 'succession',
  breaks: ['FBI-6', 'FBI-1'],
  story:
    'the state directory is called by the id of its run alone, and ids return: a hanging run that was killed ends with what an earlier run has written',
  variant: {
    ...publishedRuns({
      removesFirst: false,
      unlinksSignals: false,
      keepsIds: false,
      fencesWrites: true,
      rememberCancels: true,
    }),
    invariants: runIds.filter(({ name }) => outcomes.includes(name)),
  },
}
