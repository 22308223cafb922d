import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

export const leaseIgnored: Flaw = {
  name: 'lease-ignored',
  incident: 'a lease that is not renewed while the event loop stalls',
  family: 'servers',
  breaks: ['LEASE'],
  story: 'a server that stood still was given up by another, does not notice, and goes on claiming',
  variant: {
    parts: () =>
      storeWith({
        beat: without(sql.beat, ' AND ended_at IS NULL'),
        lifeIsOpen: without(sql.lifeIsOpen, ' AND ended_at IS NULL'),
      }),
  },
}
