import { Orchestrator } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Lets its lease run out while it waits for its last runs. */
class QuietlyDraining extends Orchestrator {
  protected override beatsUntil(stopping: AbortSignal): AbortSignal {
    return stopping
  }
}

export const drainWithoutBeat: Flaw = {
  name: 'drain-without-beat',
  incident: 'our own: a drain that stops the heartbeat first',
  family: 'servers',
  breaks: ['TRUST'],
  story: 'a server that is told to stop no longer renews its lease, and others take over the runs that it waits for',
  variant: { orchestrator: QuietlyDraining },
}
