// The canaries: mistakes of every class, each of which the default portfolio must find while the same systems without it
// break nothing. When this fails although nobody touched a canary, the explorer has stopped finding something.

import { afterAll, describe, expect, test } from 'vitest'
import {
  type Draw,
  type Drawn,
  drawScenario,
  fromMacrotask,
  play,
  type Run,
  recordSource,
  runCampaign,
  simulateNow,
} from '../src/explore/index.ts'
import { canary } from '../src/subjects/canary/canary.ts'
import type { Task } from '../src/subjects/canary/families.ts'
import { seedText } from './support/seed.ts'

const SOUND_SCENARIOS = 400
const CALM_SCENARIOS = 20

/** Twelve times as many scenarios as a find takes on average, or more: one hunt in 160,000 finds nothing. */
const within = {
  'depth-1': 100,
  'depth-2': 150,
  'depth-3': 300,
  'depth-4': 1_200,
  'timer-1': 300,
  'timer-3': 1_000,
  starved: 800,
  'stale-snapshot': 900,
  sandwich: 2_000,
  'late-cancel': 5_000,
  'lost-wakeup': 200,
  'expired-lease': 1_200,
  'torn-crash': 200,
}

const defects = canary.defects!
const report: string[] = []
afterAll(() => console.info([`seed ${seedText}`, ...report].join('\n')))

function drawOf(family: string): Draw {
  return { seed: seedText, family, strategy: undefined }
}

interface Find {
  readonly drawn: Drawn<Task>
  readonly run: Run<Task>
}

async function hunt(name: keyof typeof within): Promise<Find | undefined> {
  const { mutant, family, breaks } = defects[name]!
  let find: Find | undefined
  await runCampaign(mutant, {
    ...drawOf(family),
    scenarios: within[name],
    onRun: (drawn, run) => {
      if (run.failures.some(({ invariant }) => breaks.includes(invariant))) find = { drawn, run } as Find
      return find !== undefined
    },
  })
  return find
}

describe('the canary as it is', () => {
  test.each(Object.keys(canary.families))('breaks nothing: %s', async (family) => {
    const { broken, scenarios } = await runCampaign(canary, { ...drawOf(family), scenarios: SOUND_SCENARIOS })
    expect(scenarios).toBe(SOUND_SCENARIOS)
    expect(broken).toEqual(new Map())
  })
})

test('there is a bound for every defect, and a defect for every family', () => {
  expect(Object.keys(within)).toEqual(Object.keys(defects))
  expect(Object.values(defects).map(({ family }) => family)).toEqual(Object.keys(canary.families))
})

describe.each(Object.keys(within) as (keyof typeof within)[])('%s', (name) => {
  const { mutant, family, breaks } = defects[name]!

  test(`shows within ${within[name]} scenarios, breaks what it should and nothing else, and replays`, async () => {
    const find = await hunt(name)
    expect(find, `${breaks.join(', ')} held in ${within[name]} scenarios`).toBeDefined()
    const { drawn, run } = find!
    report.push(`${name} is found at scenario ${drawn.index + 1} by ${drawn.strategy}, ${run.steps} steps`)
    for (const { invariant } of run.failures) expect(breaks).toContain(invariant)
    await fromMacrotask(() => {
      const replayed = simulateNow(mutant, run.scenario, { choices: recordSource(run.choices()) })
      expect(replayed.failures).toEqual(run.failures)
      expect(replayed.hash).toBe(run.hash)
      expect(play(canary, drawn).failures).toEqual([])
    })
  })

  test('needs an explorer: it does not show when every step takes its typical time and no fault strikes', async () => {
    await fromMacrotask(() => {
      for (let index = 0; index < CALM_SCENARIOS; index++) {
        const { scenario } = drawScenario(mutant, drawOf(family), index)
        const calm = simulateNow(mutant, scenario, { choices: recordSource(new Map()) })
        expect(calm.failures).toEqual([])
        expect(calm.steps).toBeGreaterThan(scenario.commands.length)
      }
    })
  })
})
