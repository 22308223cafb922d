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
 * Rotated over scenarios. Shares in twentieths, from the rates on the canaries (docs/strategies.md): constraints and SURW find
 * what is deep or must starve, and cost a profile each; the others are cheap and each is the best at something.
 */
export const portfolio: readonly string[] = [
  ...['surw', 'order', 'latency', 'pct', 'pos', 'random'],
  ...['surw', 'order', 'latency', 'pct', 'pos', 'random'],
  ...['surw', 'order', 'latency', 'pct'],
  ...['surw', 'order'],
  ...['surw', 'order'],
]
