import { ProcessAttempt, type Work } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { launching, storeWith, unfenced } from './variant.ts'

/** Gives up waiting for a spawn, but not what follows it. */
class LateAttempt extends ProcessAttempt {
  protected override disown(started: Promise<Work>): void {
    void started.then(
      ({ mark }) => this.store.stampRun(this.claim, mark),
      () => undefined,
    )
  }
}

export const lateStamp: Flaw = {
  name: 'late-stamp',
  incident: 'stale run-ownership: unguarded late stamp',
  family: 'ownership',
  breaks: ['STALE', 'ORCH-1', 'ORCH-2', 'ORCH-8'],
  story: 'a launch that was given up stamps its run and pid on the job all the same',
  variant: {
    ignoreChecks: true,
    parts: () => ({ ...storeWith({ stampJob: unfenced.stampJob }), ...launching(LateAttempt) }),
  },
}
