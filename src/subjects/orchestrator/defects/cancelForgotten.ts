import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

export const cancelForgotten: Flaw = {
  name: 'cancel-forgotten',
  incident: 'a cancel that ends in done, or in another try',
  family: 'ownership',
  breaks: ['CANCEL'],
  story: 'whoever ends a run does not look whether a cancel was accepted meanwhile',
  variant: {
    parts: () => storeWith({ heldJob: without(sql.heldJob, 'SELECT *', 'SELECT *, NULL AS cancel_requested_at') }),
  },
}
