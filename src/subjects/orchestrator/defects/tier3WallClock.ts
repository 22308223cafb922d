import type { Clock, Ports } from '../../../ports/index.ts'
import { Reaper, sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

/** Takes the wall clock for one that only grows. */
function wallOnly(ports: Ports): Ports {
  const { clock } = ports
  const monotonicMs: Clock['monotonicMs'] = () => clock.nowMs()
  return { ...ports, clock: Object.assign(Object.create(clock) as Clock, { monotonicMs }) }
}

export const tier3WallClock: Flaw = {
  name: 'tier3-wall-clock',
  incident: 'our own: tier 3 by the wall clock, on the runs of every server',
  family: 'servers',
  breaks: ['ORCH-7'],
  story: 'the wall clock steps forward, and the reaper ends a live run of another server, which it cannot reach',
  variant: {
    parts: () => ({
      ...storeWith({ running: without(sql.running, ' AND j.life_id = ?', ' AND (? OR 1)') }),
      reaper: (store, ports, ...rest) => new Reaper(store, wallOnly(ports), ...rest),
    }),
  },
}
