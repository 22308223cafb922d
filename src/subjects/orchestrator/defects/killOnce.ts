import { ContainerAttempt, type ContainerWork } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { containing } from './variant.ts'

/** Trusts that what was sent arrives. */
class TrustfulAttempt extends ContainerAttempt {
  private isKilled = false

  protected override async terminate(work: ContainerWork, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.isKilled) return
    this.isKilled = how === 'SIGKILL'
    await super.terminate(work, how)
  }
}

export const killOnce: Flaw = {
  name: 'kill-once',
  incident: 'our own: a SIGKILL that never arrived',
  family: 'run-ids',
  breaks: ['FBI-9'],
  story: 'a job is cancelled, the SIGKILL to its container is lost, and nobody sends another',
  variant: { parts: () => containing(TrustfulAttempt) },
}
