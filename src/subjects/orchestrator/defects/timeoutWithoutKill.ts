import { Attempt, Launcher, Sweeper } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Gives jobs back without ending what it started for them. */
class CarelessAttempt extends Attempt {
  protected override killAll(): Promise<boolean> {
    return Promise.resolve(true)
  }
}

class CarelessLauncher extends Launcher {
  protected override newAttempt(...parameters: ConstructorParameters<typeof Attempt>): Attempt {
    return new CarelessAttempt(...parameters)
  }
}

/** Sweeps nothing: here the attempt's own care is the last line. */
class IdleSweeper extends Sweeper {
  override sweep(): Promise<void> {
    return Promise.resolve()
  }
}

export const timeoutWithoutKill: Flaw = {
  name: 'timeout-without-kill',
  incident: 'stale run-ownership: a spawn timeout that requeues without killing',
  family: 'ownership',
  breaks: ['ORPHAN'],
  story: 'a launch that takes too long is given up, and its process comes all the same and is never ended',
  variant: {
    parts: () => ({
      launcher: (...parameters) => new CarelessLauncher(...parameters),
      sweeper: (...parameters) => new IdleSweeper(...parameters),
    }),
  },
}
