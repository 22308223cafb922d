// What the default portfolio finds, and how soon: every known mistake of the toy, and nothing in the toy as it is.

import { describe, expect, test } from 'vitest'
import { median, runCampaign } from '../src/explore/index.ts'
import { faultNames, faults } from '../src/sim/index.ts'
import { toy } from '../src/subjects/toy/toy.ts'
import { seedText } from './support/seed.ts'

const SEEDS = 20
const SOUND_SCENARIOS = 3_000

describe('the toy as it is', () => {
  test(`never fails, and meets what it should: ${SOUND_SCENARIOS} scenarios`, async () => {
    const options = { seed: seedText, family: undefined, strategy: undefined, scenarios: SOUND_SCENARIOS }
    const failing: string[] = []
    const { scenarios, sometimes } = await runCampaign(toy, {
      ...options,
      onRun: ({ index }, { failures }) => {
        for (const { invariant, reason } of failures) failing.push(`${index}: ${invariant}: ${reason}`)
        return false
      },
    })
    expect(failing).toEqual([])
    expect(scenarios).toBe(SOUND_SCENARIOS)
    const expected = new Set(Object.values(toy.families).flatMap(({ faults }) => faults))
    // It has no containers.
    const others = faultNames.filter((name) => faults[name].site !== 'container')
    expect(others.filter((name) => !expected.has(name))).toEqual(['spawnStall', 'removeFail'])
    const missed = [...expected].filter((name) => !sometimes.has(`fault ${name}`))
    expect(missed).toEqual([])
    expect(sometimes.get('a lease expired')).toBeGreaterThan(50)
    expect(sometimes.get('done at a second try')).toBeGreaterThan(50)
  })
})

describe('every defect is found', () => {
  // Fifteen times the mean or more: a fair hunt misses one in a million times.
  const most = {
    'lost-wakeup': 600,
    'lost-update': 500,
    'aba-slot': 4_000,
    'torn-write': 3_000,
    'late-heartbeat': 400,
  }

  test('there is a bound for each', () => {
    expect(Object.keys(most)).toEqual(Object.keys(toy.defects!))
  })

  test.each(Object.entries(most))('%s: within %d scenarios', async (name, scenarios) => {
    const { mutant, family, breaks } = toy.defects![name]!
    const needed: number[] = []
    for (let n = 0; n < SEEDS; n++) {
      const draw = { seed: `${seedText}/${n}`, family, strategy: undefined }
      let found = false
      const campaign = await runCampaign(mutant, {
        ...draw,
        scenarios,
        onRun: (_, { failures }) => {
          found = failures.some(({ invariant }) => breaks.includes(invariant))
          return found
        },
      })
      expect(found, `seed ${draw.seed}`).toBe(true)
      needed.push(campaign.scenarios)
    }
    const sorted = needed.toSorted((a, b) => a - b)
    console.info(`${name}: found after ${median(needed)} scenarios in the median (${sorted[0]} to ${sorted.at(-1)})`)
  })

  test.each(Object.entries(toy.defects!))('%s breaks what it is said to break, and nothing else', async (_, defect) => {
    const broken = new Set<string>()
    await runCampaign(defect.mutant, {
      seed: seedText,
      family: defect.family,
      strategy: undefined,
      scenarios: 1_000,
      onRun: (_drawn, { failures }) => {
        for (const { invariant } of failures) broken.add(invariant)
        return false
      },
    })
    for (const invariant of broken) expect(defect.breaks).toContain(invariant)
  })

  test('and every invariant of the toy is broken by one of them', () => {
    const broken = Object.values(toy.defects!).flatMap(({ breaks }) => breaks)
    for (const { name } of toy.invariants) expect(broken).toContain(name)
    expect(broken).toContain('STRAND')
    expect(broken).toContain('STALE')
  })
})
