/** Exact binomial statistics. */
import jstat from 'jstat'

const { beta, gammaln } = jstat.jStat
/** Terms that are smaller than this, beside the sum so far, no longer change it. */
const NEGLIGIBLE = 1e-17

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
  const low = hits === 0 ? 0 : beta.inv(tail, hits, trials - hits + 1)
  const high = hits === trials ? 1 : beta.inv(1 - tail, hits + 1, trials - hits)
  return { low, high, confidence }
}

/** The probability of exactly so many hits, each of `trials` being one with probability `share`. */
export function binomial(hits: number, trials: number, share: number): number {
  if (hits < 0 || hits > trials) return 0
  if (share === 0 || share === 1) return hits === trials * share ? 1 : 0
  const ways = gammaln(trials + 1) - gammaln(hits + 1) - gammaln(trials - hits + 1)
  return Math.exp(ways + hits * Math.log(share) + (trials - hits) * Math.log1p(-share))
}

/** The probability of so many hits or fewer: a sum of terms, from the largest one outwards, on the side of the shorter tail. */
export function binomialAtMost(hits: number, trials: number, share: number): number {
  if (hits < 0) return 0
  if (hits >= trials) return 1
  if (hits > trials * share) return Math.max(0, 1 - binomialAtMost(trials - hits - 1, trials, 1 - share))
  let term = binomial(hits, trials, share)
  let sum = 0
  for (let k = hits; k >= 0 && term > NEGLIGIBLE * sum; k--) {
    sum += term
    term *= (k / (trials - k + 1)) * ((1 - share) / share)
  }
  return Math.min(1, sum)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
