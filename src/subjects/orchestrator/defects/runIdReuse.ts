import { runIds } from '../runIds.ts'
import type { Flaw } from './flaw.ts'
import { nothingFixed, publishedRuns } from './publishedRuns.ts'

export const runIdReuse: Flaw = {
  name: 'run-id-reuse',
  incident: 'run-id reuse, as published',
  family: 'run-ids',
  breaks: ['FBI-8', 'FBI-6', 'FBI-1'],
  story:
    'a run gets the id of one that was deleted while somebody still looked at it, finds its result.json, and a hanging run that was killed has succeeded',
  variant: {
    ...publishedRuns(nothingFixed),
    // What it comes to; that ids return and what is left of the earlier run are what it consists of.
    invariants: runIds.filter(({ name }) => ['FBI-1', 'FBI-6', 'FBI-8'].includes(name)),
  },
}
