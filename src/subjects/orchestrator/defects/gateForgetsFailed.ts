import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

export const gateForgetsFailed: Flaw = {
  name: 'gate-forgets-failed',
  incident: 'serial gate',
  family: 'ownership',
  breaks: ['STRAND'],
  story: 'the serial gate waits for an earlier job to be done, also when that has failed or was cancelled',
  variant: {
    parts: () =>
      storeWith({
        claimableGated: without(
          sql.claimableGated,
          "earlier.status IN ('queued', 'running')",
          "earlier.status <> 'done'",
        ),
      }),
  },
}
