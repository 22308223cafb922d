import type { Flaw } from './flaw.ts'
import { storeWith, unfenced } from './variant.ts'

export const unfencedEnd: Flaw = {
  name: 'unfenced-end',
  incident: 'the shared hole of queues: a stale report is believed',
  family: 'ownership',
  breaks: ['STALE'],
  story: 'an attempt that has lost its claim ends the claim that came after it',
  variant: { parts: () => storeWith({ heldJob: unfenced.heldJob }) },
}
