import type { Flaw } from './flaw.ts'
import { publishedRuns } from './publishedRuns.ts'

export const removesLate: Flaw = {
  name: 'removes-late',
  incident: 'run-id reuse: FIX1',
  family: 'run-ids',
  breaks: ['FBI-4'],
  story:
    'the place of a run is prepared while the container of an earlier run of that id still has it; ids return, and signals are unlinked one by one',
  variant: publishedRuns({
    removesFirst: false,
    unlinksSignals: true,
    keepsIds: false,
    fencesWrites: true,
    rememberCancels: true,
  }),
}
