import { Orchestrator } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Does not look how much room there is. */
class Careless extends Orchestrator {
  protected override hasRoom(): boolean {
    return true
  }
}

export const claimsOnFullDisk: Flaw = {
  name: 'claims-on-full-disk',
  incident: 'a full disk, on which every job in the queue is started and fails',
  family: 'records',
  breaks: ['FULL'],
  story: 'jobs are started although nothing that they write can be kept',
  variant: { orchestrator: Careless },
}
