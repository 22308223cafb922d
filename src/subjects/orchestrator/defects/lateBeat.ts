import { Orchestrator } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Takes every answer for one about the life that it leads now. */
class Confused extends Orchestrator {
  protected override isStale(): boolean {
    return false
  }
}

export const lateBeat: Flaw = {
  name: 'late-beat',
  incident: 'our own: an answer about an earlier life',
  family: 'servers',
  breaks: ['LIFE'],
  story:
    'a server hears late that its life was given up, has a new one by then, and gives up that one and what it runs',
  variant: { orchestrator: Confused },
}
