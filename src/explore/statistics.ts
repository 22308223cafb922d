/** Exact binomial statistics. */
import jstat from 'jstat'

const betaQuantile = jstat.jStat.beta.inv

export interface Interval {
  readonly low: number
  readonly high: number
  readonly confidence: number
}

/**
 * The exact interval of a proportion (Clopper and Pearson, Biometrika 26, 1934), from the quantiles of the beta
 * distribution. Both bounds are proportions in [0, 1].
 */
export function exactInterval(hits: number, trials: number, confidence = 0.95): Interval {
  if (trials === 0) return { low: 0, high: 1, confidence }
  const tail = (1 - confidence) / 2
  const low = hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1)
  const high = hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits)
  return { low, high, confidence }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
