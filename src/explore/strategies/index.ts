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

/**
 * Rotated over scenarios. Shares in twentieths, from finds per second on the canaries (docs/strategies.md): POS carries it,
 * SURW and order constraints find what is deep or must starve and cost a profile each, the others are each best at something.
 */
export const portfolio: readonly string[] = [
  ...['pos', 'surw', 'latency', 'pos', 'order', 'pct', 'random'],
  ...['pos', 'surw', 'latency', 'pos', 'order', 'pct', 'random'],
  ...['pos', 'surw', 'latency', 'pos', 'order', 'pct'],
]
