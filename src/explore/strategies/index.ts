/** The strategies by name, and the default portfolio with its shares. */
import type { Strategy } from '../../sim/index.ts'
import { latency } from './latency.ts'
import { pct } from './pct.ts'
import { randomWalk } from './randomWalk.ts'

export const strategies: Readonly<Record<string, () => Strategy>> = { random: randomWalk, latency, pct }

/** Rotated over scenarios: equal shares until measurement says better. */
export const portfolio: readonly string[] = ['random', 'latency', 'pct']
