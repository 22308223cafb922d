import { ContainerAttempt } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { containing, unswept } from './variant.ts'

/** Does not care what becomes of a start that it has given up. */
class DeafAttempt extends ContainerAttempt {
  protected override disown(): void {
    // Whatever comes of it, comes.
  }
}

export const readyIgnored: Flaw = {
  name: 'ready-ignored',
  incident: 'run-id reuse: a ready notice after a cancel is ignored',
  family: 'run-ids',
  breaks: ['FBI-10', 'FBI-12'],
  story:
    'a cancel falls into the start of a container, the start comes through all the same, and the container runs on',
  variant: { parts: () => ({ ...containing(DeafAttempt), ...unswept }) },
}
