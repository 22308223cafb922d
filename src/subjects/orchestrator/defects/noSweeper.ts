import type { Flaw } from './flaw.ts'
import { unswept } from './variant.ts'

export const noSweeper: Flaw = {
  name: 'no-sweeper',
  incident: 'our own: the orchestrator before it had a sweeper',
  family: 'survivors',
  breaks: ['ORPHAN'],
  story: 'a spawn comes through after its run was given up, and its server dies before it can end the process',
  variant: { parts: () => unswept },
}
