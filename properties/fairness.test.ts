// No false strands: whatever a strategy did in chaos, a fair schedule follows before anybody is judged.

import { describe, expect, test } from 'vitest'
import {
  drawScenario,
  fromMacrotask,
  play,
  runCampaign,
  type Subject,
  simulateNow,
  strategies,
} from '../src/explore/index.ts'
import type { Operation, PickingStrategy } from '../src/sim/index.ts'
import { subjects } from '../src/subjects/index.ts'
import { seedText } from './support/seed.ts'

const scenarios: Readonly<Record<string, number>> = { orchestrator: 40, toy: 150, canary: 300 }
const sound = Object.entries(subjects as Readonly<Record<string, Subject<unknown>>>)

/** Starves whatever came first, as long as it may. */
function lastComeFirstServed(): PickingStrategy {
  return {
    kind: 'picking',
    name: 'last come, first served',
    begin: () => undefined,
    next: (eligible) => eligible.reduce((last, one) => (one.serial > last.serial ? one : last)),
    atUs: (_, __, highUs) => highUs,
  }
}

/** Starves one task throughout. */
function starve(root: string): PickingStrategy {
  const isStarved = ({ chain }: Operation) => chain.root.label.text === root
  return {
    kind: 'picking',
    name: `starve ${root}`,
    begin: () => undefined,
    next: (eligible) => eligible.find((operation) => !isStarved(operation)) ?? eligible[0]!,
  }
}

describe.each(sound)('%s as it is breaks nothing', (name, subject) => {
  test.each(Object.keys(strategies))('under strategy %s', async (strategy) => {
    const failures: string[] = []
    await runCampaign(subject, {
      ...{ seed: `fair ${seedText}`, family: undefined, strategy, scenarios: scenarios[name]! },
      onRun: ({ index }, run) => {
        for (const { invariant, reason } of run.failures) failures.push(`${index}: ${invariant}: ${reason}`)
        return false
      },
    })
    expect(failures).toEqual([])
  })

  test.each([lastComeFirstServed(), starve('c0'), starve('server0')])('under $name', async (unfair) => {
    await fromMacrotask(() => {
      const draw = { seed: `unfair ${seedText}`, family: undefined, strategy: undefined }
      for (let index = 0; index < scenarios[name]!; index++) {
        const { scenario, seed } = drawScenario(subject, draw, index)
        const run = simulateNow(subject, scenario, { strategy: unfair, choices: { kind: 'seed', seed } })
        expect(run.failures, `${name} ${index}`).toEqual([])
        const replayed = simulateNow(subject, scenario, { choices: { kind: 'record', overrides: new Map() } })
        expect(replayed.failures, `${name} ${index}, calm`).toEqual([])
      }
    })
  })
})

test('nor does it matter to a mutant whose CHECKs are off that rows have been planted past them', async () => {
  await fromMacrotask(() => {
    const { mutant } = (subjects.orchestrator as Subject<unknown>).defects!.published!
    const drawn = (family: string, index: number) =>
      drawScenario(mutant, { seed: seedText, family, strategy: undefined }, index)
    const before = [0, 1, 2].map((index) => play(mutant, drawn('reuse', index)).hash)
    for (let index = 0; index < 4; index++) play(mutant, drawn('legacy', index))
    expect([0, 1, 2].map((index) => play(mutant, drawn('reuse', index)).hash)).toEqual(before)
  })
})

test('a strategy is a function of its seed alone: what ran before does not matter', async () => {
  await fromMacrotask(() => {
    const subject = subjects.canary as Subject<unknown>
    for (const strategy of Object.keys(strategies)) {
      const draw = { seed: seedText, family: undefined, strategy }
      const hashes = (order: readonly number[]) =>
        new Map(order.map((index) => [index, play(subject, drawScenario(subject, draw, index)).hash]))
      const there = hashes([0, 1, 2, 3, 4, 5])
      const back = hashes([5, 4, 3, 2, 1, 0])
      for (const [index, hash] of there) expect(back.get(index), `${strategy} ${index}`).toBe(hash)
    }
  })
})
