import { ProcessAttempt } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { launching, unswept } from './variant.ts'

/** Gives jobs back without ending what it started for them. */
class CarelessAttempt extends ProcessAttempt {
  protected override endAll(): Promise<boolean> {
    return Promise.resolve(true)
  }
}

export const timeoutWithoutKill: Flaw = {
  name: 'timeout-without-kill',
  incident: 'stale run-ownership: a spawn timeout that requeues without killing',
  family: 'ownership',
  breaks: ['ORPHAN'],
  story: 'a launch that takes too long is given up; its process comes all the same and is never ended',
  variant: { parts: () => ({ ...launching(CarelessAttempt), ...unswept }) },
}
