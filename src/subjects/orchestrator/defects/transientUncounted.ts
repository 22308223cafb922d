import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { verbsWith, without } from './variant.ts'

export const transientUncounted: Flaw = {
  name: 'transient-uncounted',
  incident: 'stale run-ownership: ORCH-10',
  family: 'ownership',
  breaks: ['ORCH-10'],
  story: 'a transient failure is not counted, so its back-off never grows and its limit never comes',
  variant: {
    parts: () =>
      verbsWith(['requeueTransient'], {
        backToQueue: without(
          sql.backToQueue,
          'transient_attempts = ?',
          'transient_attempts = transient_attempts + 0 * ?',
        ),
      }),
  },
}
