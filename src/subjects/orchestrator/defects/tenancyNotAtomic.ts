import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { patchedStore, storeWith, without } from './variant.ts'

export const tenancyNotAtomic: Flaw = {
  name: 'tenancy-not-atomic',
  incident: 'two orchestrators that were started at the same moment on one database',
  family: 'tenants',
  breaks: ['TENANT'],
  story:
    'looking for others on the database and opening a life on it are two steps, between which another does the same',
  variant: {
    parts: () =>
      patchedStore((store, ports, options) => {
        const blind = storeWith({ rivals: without(sql.rivals, 'ended_at IS NULL', 'FALSE') }).store(ports, options)
        return {
          openLife: async (server, name, shared, nowMs) => {
            const rivals = (await store.openLives()).filter((rival) => !(rival.shared && shared))
            return rivals.length > 0 ? { rivals } : blind.openLife(server, name, shared, nowMs)
          },
        }
      }),
  },
}
