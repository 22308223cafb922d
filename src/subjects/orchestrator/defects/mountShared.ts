import { ContainerAttempt, ContainerLauncher } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { containing, unswept } from './variant.ts'

/** Does not look what earlier runs have left at work. */
class HastyLauncher extends ContainerLauncher {
  protected override clear(): Promise<void> {
    return Promise.resolve()
  }
}

/** Gives jobs back without ending what it started for them. */
class CarelessAttempt extends ContainerAttempt {
  protected override endAll(): Promise<boolean> {
    return Promise.resolve(true)
  }
}

export const mountShared: Flaw = {
  name: 'mount-shared',
  incident: 'our own: a start that was given up and came all the same',
  family: 'run-ids',
  breaks: ['APART', 'FBI-10'],
  story: 'a start takes too long, the job is tried again on the same mount, and then both containers work there',
  variant: {
    parts: (parts) => ({
      ...containing(CarelessAttempt),
      ...unswept,
      launchers: (ports) => ({ ...parts.launchers(ports), containers: new HastyLauncher(ports) }),
    }),
  },
}
