import type { Flaw } from './flaw.ts'
import { publishedRuns } from './publishedRuns.ts'

export const signalsLeft: Flaw = {
  name: 'signals-left',
  incident: 'run-id reuse: FIX2',
  family: 'run-ids',
  breaks: ['FBI-5'],
  story:
    'the old container could not be removed, its mount keeps the state directory from being removed, and nobody unlinks what is in it',
  variant: publishedRuns({
    removesFirst: true,
    unlinksSignals: false,
    keepsIds: false,
    fencesWrites: true,
    rememberCancels: true,
  }),
}
