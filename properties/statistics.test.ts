/** The numbers that reports stand on: known values, exact coverage, and what thousands of simulated campaigns say of the test. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Discordance, exactInterval, generator, moreScenarios, pairedPValue } from '../src/explore/index.ts'
import { powerOf } from '../src/explore/pairs.ts'
import { binomial, binomialAtMost } from '../src/explore/statistics.ts'
import { seedNumber } from './support/seed.ts'

fc.configureGlobal({ seed: seedNumber })

/** Pascal's triangle in whole numbers: no rounding anywhere. */
function waysExactly(n: number, k: number): bigint {
  let ways = 1n
  for (let i = 1; i <= k; i++) ways = (ways * BigInt(n - i + 1)) / BigInt(i)
  return ways
}

describe('binomial probabilities', () => {
  it('are those of whole-number arithmetic', () => {
    const trials = fc.integer({ min: 1, max: 400 })
    fc.assert(
      fc.property(
        trials.chain((n) => fc.tuple(fc.constant(n), fc.nat(n))),
        ([n, k]) => {
          let ways = 0n
          for (let i = 0; i <= k; i++) ways += waysExactly(n, i)
          const exact = Number((ways * 10n ** 30n) / 2n ** BigInt(n)) / 1e30
          expect(binomialAtMost(k, n, 0.5)).toBeCloseTo(exact, 9)
        },
      ),
    )
  })

  it('of both tails make one', () => {
    const share = fc.double({ min: 0.001, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), share, fc.double({ min: 0, max: 1, noNaN: true }), (n, p, at) => {
        const k = Math.floor(at * n)
        expect(binomialAtMost(k, n, p) + binomialAtMost(n - k - 1, n, 1 - p)).toBeCloseTo(1, 8)
      }),
    )
  })

  it('end where they must', () => {
    expect([binomialAtMost(-1, 5, 0.3), binomialAtMost(5, 5, 0.3), binomial(0, 5, 0), binomial(5, 5, 1)]).toEqual([
      0, 1, 1, 1,
    ])
  })
})

describe('the exact interval', () => {
  it('has the bounds that tables give', () => {
    const bounds = (hits: number, trials: number) => {
      const { low, high } = exactInterval(hits, trials)
      return [low, high]
    }
    expect(bounds(0, 2_000)).toEqual([0, expect.closeTo(0.001_843, 6)])
    expect(bounds(1, 2)).toEqual([expect.closeTo(0.012_579, 6), expect.closeTo(0.987_421, 6)])
    expect(bounds(20, 1_000)).toEqual([expect.closeTo(0.012_258, 6), expect.closeTo(0.030_72, 6)])
    expect(bounds(3, 1_000_000)).toEqual([expect.closeTo(6.186_7e-7, 10), expect.closeTo(8.767_2e-6, 10)])
  })

  it.each([5, 40, 300])('of %i scenarios covers every rate in 95 of 100 campaigns and more', (trials) => {
    const intervals = Array.from({ length: trials + 1 }, (_, hits) => exactInterval(hits, trials))
    for (let rate = 0.001; rate < 1; rate += 0.007) {
      const covered = intervals.reduce(
        (sum, { low, high }, hits) => sum + (low <= rate && rate <= high ? binomial(hits, trials, rate) : 0),
        0,
      )
      expect(covered, `rate ${rate}`).toBeGreaterThanOrEqual(0.95)
    }
  })
})

describe('the paired test', () => {
  const p = (onlyFirst: number, onlySecond: number) => pairedPValue({ onlyFirst, onlySecond })

  it('has the p-values that textbooks give', () => {
    expect(p(0, 0)).toBe(1)
    expect(p(0, 5)).toBeCloseTo(0.0625, 10)
    expect(p(0, 6)).toBeCloseTo(0.031_25, 10)
    expect(p(1, 7)).toBeCloseTo(0.070_312_5, 10)
    expect(p(10, 2)).toBeCloseTo(0.038_574_218_75, 10)
    expect(p(5, 15)).toBeCloseTo(0.041_389_465_33, 10)
    expect(p(121, 59) / 4.434_449_263_754e-6).toBeCloseTo(1, 8)
    expect(p(400_000, 401_000)).toBeCloseTo(0.264_328_589_8, 8)
  })

  it('does not care which of the two is named first, and is never above 1', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (one, other) => {
        expect(p(one, other)).toBe(p(other, one))
        expect(p(one, other)).toBeLessThanOrEqual(1)
        if (one === other) expect(p(one, other)).toBe(1)
      }),
    )
  })
})

/** So many campaigns, each of so many scenarios that are discordant at this rate, a share of them in the second. */
function simulated(campaigns: number, scenarios: number, rate: number, share: number, seed: string): Discordance[] {
  const random = generator(seed)
  return Array.from({ length: campaigns }, () => {
    const counts = { scenarios, onlyFirst: 0, onlySecond: 0 }
    for (let n = 0; n < scenarios; n++) {
      if (random() >= rate) continue
      if (random() < share) counts.onlySecond++
      else counts.onlyFirst++
    }
    return counts
  })
}

function shownIn(campaigns: readonly Discordance[]): number {
  return campaigns.filter((one) => pairedPValue(one) < 0.05).length / campaigns.length
}

describe('in simulated campaigns', () => {
  it.each([
    [40, 1],
    [400, 0.1],
    [2_000, 0.01],
  ])('%i scenarios without a difference, discordant at %d, show one in at most 5 of 100', (scenarios, rate) => {
    const shown = shownIn(simulated(3_000, scenarios, rate, 0.5, `null/${scenarios}`))
    expect(shown).toBeGreaterThan(0)
    expect(shown).toBeLessThanOrEqual(0.05)
  })

  it.each([
    { scenarios: 200, onlyFirst: 4, onlySecond: 10 },
    { scenarios: 1_000, onlyFirst: 0, onlySecond: 4 },
    { scenarios: 60, onlyFirst: 22, onlySecond: 14 },
  ])('as many more as are asked for show the difference in 80 of 100: %j', (observed) => {
    const { scenarios, onlyFirst, onlySecond } = observed
    const discordant = onlyFirst + onlySecond
    const more = moreScenarios(observed)!
    const campaigns = (length: number) =>
      simulated(1_000, length, discordant / scenarios, Math.max(onlyFirst, onlySecond) / discordant, 'power')
    expect(shownIn(campaigns(scenarios))).toBeLessThan(0.75)
    expect(shownIn(campaigns(scenarios + more))).toBeGreaterThan(0.77)
    expect(shownIn(campaigns(scenarios + more))).toBeLessThan(0.85)
  })

  it('none are asked for where the difference is shown, nor where there is none', () => {
    expect(moreScenarios({ scenarios: 100, onlyFirst: 0, onlySecond: 12 })).toBe(0)
    expect(moreScenarios({ scenarios: 100, onlyFirst: 3, onlySecond: 3 })).toBeUndefined()
    expect(moreScenarios({ scenarios: 100, onlyFirst: 0, onlySecond: 0 })).toBeUndefined()
    expect(moreScenarios({ scenarios: 1_000_000, onlyFirst: 400_000, onlySecond: 400_001 })).toBeUndefined()
  })

  it('the number of scenarios is found, and not one that is far too large', () => {
    const counts = fc.record({
      scenarios: fc.integer({ min: 100, max: 5_000 }),
      onlyFirst: fc.nat(4),
      onlySecond: fc.nat(9),
    })
    fc.assert(
      fc.property(counts, (observed) => {
        const more = moreScenarios(observed)
        if (more === undefined || more === 0) return
        const { scenarios, onlyFirst, onlySecond } = observed
        const discordant = onlyFirst + onlySecond
        const power = (n: number) => powerOf(n, discordant / scenarios, Math.max(onlyFirst, onlySecond) / discordant)
        expect(power(scenarios + more)).toBeGreaterThanOrEqual(0.8)
        expect(power(Math.floor((scenarios + more) * 0.99))).toBeLessThan(0.8)
      }),
      { numRuns: 40 },
    )
  })
})
