import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { patchedStore, without } from './variant.ts'

const condition = "status = 'queued' AND (run_id IS NOT NULL OR pid IS NOT NULL OR started_at IS NOT NULL)"
const byId = without(sql.sanitizeImpossibleQueued, condition, 'id = ?')

export const sanitizerUnguarded: Flaw = {
  name: 'sanitizer-unguarded',
  incident: 'stale run-ownership: D4 without its status guard',
  family: 'legacy',
  breaks: ['ORCH-9'],
  story: 'the sanitizer writes to rows that it found earlier, without asking whether a claim has taken them since',
  variant: {
    parts: () =>
      patchedStore((store, { database, pool }) => ({
        sanitizeImpossibleQueued: async () => {
          const found = await store.findImpossibleQueued()
          for (const { id } of found)
            await pool.run({ name: 'sanitize', touches: [`job:${id}`] }, () => database.prepare(byId).get(id))
          return found.map(({ id }) => id)
        },
      })),
  },
}
