import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

export const cancelSucceeds: Flaw = {
  name: 'cancel-succeeds',
  incident: 'run-id reuse: a cancel that ends in succeeded',
  family: 'run-ids',
  breaks: ['FBI-8', 'CANCEL'],
  story: 'an agent ends well in spite of an accepted cancel, or before it has heard of it, and its job is done',
  variant: {
    parts: () => storeWith({ heldJob: without(sql.heldJob, 'SELECT *', 'SELECT *, NULL AS cancel_requested_at') }),
  },
}
