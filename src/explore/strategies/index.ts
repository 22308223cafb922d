/** The strategies by name, and the default portfolio with its shares. */
import type { Strategy } from '../../sim/index.ts'
import { delayBounded } from './delayBounded.ts'
import { latency } from './latency.ts'
import { orderConstraints } from './orderConstraints.ts'
import { pct } from './pct.ts'
import { pos } from './pos.ts'
import { randomWalk } from './randomWalk.ts'
import { surw } from './surw.ts'

export const strategies: Readonly<Record<string, () => Strategy>> = {
  random: randomWalk,
  latency,
  pct,
  pos,
  surw,
  order: orderConstraints,
  delays: delayBounded,
}

/** Rotated over scenarios: equal shares until measurement says better. */
export const portfolio: readonly string[] = ['random', 'latency', 'pct']
