import type { Flaw } from './flaw.ts'
import { storeWith, unfenced } from './variant.ts'

export const lateStamp: Flaw = {
  name: 'late-stamp',
  incident: 'stale run-ownership: unguarded stamp',
  family: 'ownership',
  breaks: ['ORCH-2', 'ORCH-1', 'ORCH-8', 'STALE'],
  story: 'a launch that was given up stamps its run and pid on the job all the same',
  variant: { ignoreChecks: true, parts: () => storeWith({ stampJob: unfenced.stampJob }) },
}
