import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, unfenced, without } from './variant.ts'

export const unfencedEnd: Flaw = {
  name: 'unfenced-end',
  incident: 'the shared hole of queues: a stale report is believed',
  family: 'servers',
  breaks: ['STALE', 'ORCH-5'],
  story: 'an attempt that has lost its claim ends the claim that came after it',
  variant: {
    parts: () =>
      storeWith({ heldJob: unfenced.heldJob, recordExit: without(sql.recordExit, ' AND finished_at IS NULL') }),
  },
}
