/** The systems, from the easiest mistake to those that need time, faults or luck. */
import type { System } from '../system.ts'
import { depth1 } from './depth1.ts'
import { depth2 } from './depth2.ts'
import { depth3 } from './depth3.ts'
import { depth4 } from './depth4.ts'
import { expiredLease } from './expiredLease.ts'
import { lateCancel } from './lateCancel.ts'
import { lostWakeup } from './lostWakeup.ts'
import { sandwich } from './sandwich.ts'
import { staleSnapshot } from './staleSnapshot.ts'
import { starved } from './starved.ts'
import { timer1 } from './timer1.ts'
import { timer3 } from './timer3.ts'
import { tornCrash } from './tornCrash.ts'

export const systems: readonly System[] = [
  depth1,
  depth2,
  depth3,
  depth4,
  timer1,
  timer3,
  starved,
  staleSnapshot,
  sandwich,
  lateCancel,
  lostWakeup,
  expiredLease,
  tornCrash,
]
