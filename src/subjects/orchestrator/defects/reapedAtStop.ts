import type { Fence } from '../../../model/ids.ts'
import { Registry } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

class ForgetfulRegistry extends Registry {
  override isEnding(fence: Fence): boolean {
    return this.entries.get(fence)?.attempt.isEnding ?? false
  }
}

export const reapedAtStop: Flaw = {
  name: 'reaped-at-stop',
  incident: 'our own: a stop that took long',
  family: 'stops',
  breaks: ['HEARD'],
  story: 'a stop takes long: what the server has ended its reaper takes for gone, and the jobs have failed',
  variant: { parts: () => ({ registry: (...parameters) => new ForgetfulRegistry(...parameters) }) },
}
