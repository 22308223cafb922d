/**
 * How a picking strategy lets time pass: it decides what comes next, and within the windows of all that is pending there is
 * room for when. Drawn per run: as early as can be, so that many things fit between two timers; at the typical time; or
 * anywhere, so that timers fall between steps. On the canaries the first finds most, and some need one of the others.
 */
import type { PickingStrategy } from '../../sim/index.ts'

const EARLY_SHARE = 0.5
const TYPICAL_SHARE = 0.3

type Pace = NonNullable<PickingStrategy['atUs']>

const early: Pace = (_, lowUs) => lowUs
const typical: Pace = ({ typicalUs }) => typicalUs

export function drawPace(random: () => number): Pace {
  const at = random()
  if (at < EARLY_SHARE) return early
  if (at < EARLY_SHARE + TYPICAL_SHARE) return typical
  return (_, lowUs, highUs) => lowUs + Math.floor((highUs - lowUs + 1) * random() ** 3)
}
