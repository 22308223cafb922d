/**
 * Two variants on the same scenarios: what both do alike says nothing, so the test looks only at the scenarios in which one
 * fails and the other does not (McNemar, Psychometrika 12, 1947; the exact form is the sign test).
 */
import { binomial, binomialAtMost } from './statistics.ts'

/** Below this p-value two variants count as different. */
export const SIGNIFICANCE = 0.05
/** How surely a difference of the observed size shall be shown. */
const POWER = 0.8
/** Beyond so many scenarios two variants are as good as equal. */
const SCENARIOS_MAX = 1e9
/** Among more discordant pairs than this, how many there happen to be no longer matters. */
const AVERAGED_MAX = 1_000
const SPREAD = 7

export interface Discordance {
  /** Scenarios that both have played. */
  readonly scenarios: number
  /** Those that fail only in the first, and only in the second. */
  readonly onlyFirst: number
  readonly onlySecond: number
}

/** Two-sided: how probable it is that as many pairs or more fall to one side, if each falls to either side by a fair coin. */
export function pairedPValue({ onlyFirst, onlySecond }: Pick<Discordance, 'onlyFirst' | 'onlySecond'>): number {
  return Math.min(1, 2 * binomialAtMost(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond, 0.5))
}

/**
 * How many more scenarios would probably show the difference: if pairs go on being discordant as often as they were, and to
 * either side as they did, the whole campaign has the power of 80 % to end below 5 %. Undefined where the pairs show no
 * difference that could be shown. The number is found by doubling and bisection on the exact power, which grows with the
 * number of scenarios but for small steps back.
 */
export function moreScenarios(observed: Discordance): number | undefined {
  const { scenarios, onlyFirst, onlySecond } = observed
  if (onlyFirst === onlySecond) return undefined
  if (pairedPValue(observed) < SIGNIFICANCE) return 0
  const discordant = onlyFirst + onlySecond
  const rate = discordant / scenarios
  const share = Math.max(onlyFirst, onlySecond) / discordant
  let enough = scenarios
  while (powerOf(enough, rate, share) < POWER) {
    if (enough > SCENARIOS_MAX) return undefined
    enough *= 2
  }
  let few = Math.floor(enough / 2)
  while (enough - few > Math.max(1, enough / 1_000)) {
    const middle = Math.floor((few + enough) / 2)
    if (powerOf(middle, rate, share) < POWER) few = middle
    else enough = middle
  }
  return Math.max(1, enough - scenarios)
}

/** The chance that so many scenarios end significantly, over all numbers of discordant pairs that they may bring. */
export function powerOf(scenarios: number, rate: number, share: number): number {
  const expected = scenarios * rate
  if (expected > AVERAGED_MAX || rate === 1) return powerAmong(Math.round(expected), share)
  const reach = SPREAD * Math.sqrt(expected) + SPREAD
  let power = 0
  for (let n = Math.max(0, Math.floor(expected - reach)); n <= Math.min(scenarios, expected + reach); n++)
    power += binomial(n, scenarios, rate) * powerAmong(n, share)
  return power
}

/** The same for a known number of discordant pairs. */
function powerAmong(discordant: number, share: number): number {
  const few = criticalOf(discordant)
  return binomialAtMost(few, discordant, share) + binomialAtMost(few, discordant, 1 - share)
}

/** The largest number of pairs on the one side that is still significant; -1 where none is. */
function criticalOf(discordant: number): number {
  const isSignificant = (few: number) => 2 * binomialAtMost(few, discordant, 0.5) < SIGNIFICANCE
  let few = Math.max(-1, Math.floor(discordant / 2 - Math.sqrt(discordant)))
  while (few >= 0 && !isSignificant(few)) few--
  while (2 * (few + 1) < discordant && isSignificant(few + 1)) few++
  return few
}
