import { Sweeper } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

class IdleSweeper extends Sweeper {
  override sweep(): Promise<void> {
    return Promise.resolve()
  }
}

export const noSweeper: Flaw = {
  name: 'no-sweeper',
  incident: 'our own: found by strandline in the orchestrator before it had a sweeper',
  family: 'survivors',
  breaks: ['ORPHAN'],
  story: 'a spawn comes through after its run was given up, and its server dies before it can end the process',
  variant: { parts: () => ({ sweeper: (...parameters) => new IdleSweeper(...parameters) }) },
}
