import { SqliteStore } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { patchedStore } from './variant.ts'

export const reapedInTwo: Flaw = {
  name: 'reaped-in-two',
  incident: 'our own: an end that was recorded and not acted on',
  family: 'succession',
  breaks: ['FBI-9', 'FBI-12', 'ORCH-13'],
  story:
    'the reaper records how a container has ended, fails to end its job, and takes that for the business of its actor from then on',
  variant: {
    parts: () =>
      patchedStore((_, { database, pool }, options) => {
        const store = new SqliteStore(database, pool, options)
        return {
          reapJob: async (found, { outcome, ...reap }, nowMs) => {
            if (outcome !== undefined && !(await store.recordExit(found, outcome, nowMs))) return undefined
            return store.reapJob(found, reap, nowMs)
          },
        }
      }),
  },
}
