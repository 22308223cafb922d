import { ContainerAttempt } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { containing, unswept } from './variant.ts'

/** Calls a run finished that has left its container behind. */
class CarelessAttempt extends ContainerAttempt {
  protected override async discard(): Promise<void> {
    await this.write(() => this.store.closeRun(this.claim.fence))
  }
}

export const containerKept: Flaw = {
  name: 'container-kept',
  incident: 'run-id reuse: a finished run whose container is never removed',
  family: 'run-ids',
  breaks: ['FBI-10', 'FBI-12'],
  story: 'a run is finished, nobody looks at it any more, and its container is never removed',
  variant: { parts: () => ({ ...containing(CarelessAttempt), ...unswept }) },
}
