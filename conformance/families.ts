/** What of the simulated machine is held to the real one, in the order in which it is. */
import { engine } from './engine/family.ts'
import type { Family } from './family.ts'
import { mounts } from './mounts/family.ts'
import { processes } from './processes/family.ts'

export const families: readonly Family<unknown>[] = [processes, mounts, engine]
