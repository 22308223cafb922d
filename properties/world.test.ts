// The world between the system and the loop: how faults strike operations, and how what a server does for ever is named.

import { describe, expect, test } from 'vitest'
import { type Run, recordSource, simulate } from '../src/explore/index.ts'
import { tinyScenario, tinySubject } from './support/tinySubject.ts'

const told = { choices: { kind: 'seed', seed: 1 }, telling: true } as const

describe('a fault that delays', () => {
  test('strikes an operation once, however many servers and loops there have been', async () => {
    const sleeper = tinySubject(async ({ life }) => {
      const { clock } = life.ports
      await clock.sleep(10)
      void clock.every('a', 1_000, async () => undefined, life.signal)
      void clock.every('b', 1_000, async () => undefined, life.signal)
    })
    const crash = (ms: number) => ({ id: `c${ms}`, at: { ms }, do: { kind: 'crash', server: 0 } }) as const
    const scenario = tinyScenario({ faults: { timerLate: 1 } }, [crash(2_000), crash(12_000), crash(22_000)])
    const run = await simulate(sleeper, scenario, told)
    const starts = run.told.filter(({ text }) => text.startsWith('starts'))
    expect(starts.length).toBe(4)
    const delays = run.told.filter(({ text }) => text.startsWith('timerLate'))
    expect(delays.length).toBeGreaterThan(10)
    const struck = [...run.choices().keys()].filter((key) => key.endsWith('/timerLate'))
    expect(delays.length).toBe(struck.length)
  })
})

describe('the rounds of a loop', () => {
  test('have names that do not depend on how much the earlier ones did', async () => {
    const roundsOf = async (busyRound: number) => {
      const worker = tinySubject(async ({ life }) => {
        const { clock } = life.ports
        let round = 0
        const work = async () => {
          const times = round++ === busyRound ? 3 : 1
          for (let n = 0; n < times; n++) await clock.sleep(10)
        }
        void clock.every('work', 1_000, work, life.signal)
      })
      // Commands keep the rounds from being skipped.
      const goes = Array.from(
        { length: 20 },
        (_, n) => ({ id: `c${n}`, at: { ms: 700 * n }, do: { kind: 'go' } }) as const,
      )
      const run = await simulate(worker, tinyScenario({ faults: { timerLate: 1 } }, goes), told)
      return [...run.choices().keys()].filter((key) => /round#[34]\//.test(key))
    }
    const calm = await roundsOf(-1)
    expect(calm.length).toBeGreaterThan(2)
    expect(await roundsOf(2)).toEqual(calm)
    expect((await roundsOf(5)).length).toBeGreaterThan(calm.length)
  })
})

describe('the end of chaos', () => {
  test('stays where it was when the last command is deleted', async () => {
    const idler = tinySubject(async ({ life }) => {
      void life.ports.clock.every('idle', 1_000, async () => undefined, life.signal)
    })
    const commands = [3, 90_000].map((ms) => ({ id: `c${ms}`, at: { ms }, do: { kind: 'go' } }) as const)
    const endOf = ({ told }: Run) => told.find(({ text }) => text.startsWith('faults end here'))!.atUs
    const run = await simulate(idler, tinyScenario({}, commands), told)
    expect(endOf(run)).toBeGreaterThan(90_000_000)
    const fewer = tinyScenario({}, commands.slice(0, 1))
    const edited = await simulate(idler, fewer, { choices: recordSource(run.choices()), telling: true })
    expect(endOf(edited)).toBe(endOf(run))
    // A run of its own, or a record without that choice, goes by the last arrival.
    expect(endOf(await simulate(idler, fewer, told))).toBeLessThan(60_000_000)
    expect(endOf(await simulate(idler, fewer, { choices: recordSource(new Map()), telling: true }))).toBeLessThan(
      60_000_000,
    )
  })
})
