// The explorer against itself, on subjects whose mistakes are known: what it found replays exactly, survives unrelated
// edits, and becomes small.

import { describe, expect, test } from 'vitest'
import {
  decodeToken,
  drawScenario,
  type Failure,
  fromMacrotask,
  median,
  newStrategy,
  play,
  portfolio,
  type Run,
  recordSource,
  type Shrunk,
  type Subject,
  shrink,
  simulateNow,
  strategies,
  tokenOf,
} from '../src/explore/index.ts'
import { subjects } from '../src/subjects/index.ts'
import { toy } from '../src/subjects/toy/toy.ts'
import { seedText } from './support/seed.ts'
import { tinyScenario, tinySubject } from './support/tinySubject.ts'

const SCENARIOS_PER_STRATEGY = 25
const SCENARIOS_PER_MUTANT = 60

function replay<C>(subject: Subject<C>, { scenario }: Run<C>, choices: Run['choices']): Run<C> {
  return simulateNow(subject, scenario, { choices: recordSource(choices()) })
}

/** All that one can see of a run. */
function seen({ hash, steps, endUs, skippedRounds, failures, sometimes, choices }: Run) {
  return { hash, steps, endUs, skippedRounds, failures, sometimes: [...sometimes], choices: [...choices()].toSorted() }
}

describe('a replay of what was recorded is the run itself', () => {
  for (const [name, subject] of Object.entries(subjects))
    for (const family of Object.keys(subject.families))
      test.each(Object.keys(strategies))(`${name}, ${family}: %s`, async (strategy) => {
        await fromMacrotask(() => {
          for (let index = 0; index < SCENARIOS_PER_STRATEGY; index++) {
            const drawn = drawScenario(subject, { seed: seedText, family, strategy }, index)
            const run = play(subject, drawn) as Run
            expect(seen(replay(subject, run, run.choices)), `${index}`).toEqual(seen(run))
          }
        })
      })

  test.each(Object.entries(toy.defects!))('also where it fails: %s', async (_, { mutant, family }) => {
    await fromMacrotask(() => {
      for (let index = 0; index < SCENARIOS_PER_MUTANT; index++) {
        const run = play(mutant, drawScenario(mutant, { seed: seedText, family, strategy: undefined }, index))
        expect(seen(replay(mutant, run, run.choices)), `${index}`).toEqual(seen(run))
      }
    })
  })

  test('also without a strategy, when only faults are drawn', async () => {
    await fromMacrotask(() => {
      for (let index = 0; index < SCENARIOS_PER_MUTANT; index++) {
        const { scenario, seed } = drawScenario(toy, { seed: seedText, family: 'mixed', strategy: undefined }, index)
        const run = simulateNow(toy, scenario, { choices: { kind: 'seed', seed } })
        expect(seen(replay(toy, run, run.choices)), `${index}`).toEqual(seen(run))
      }
    })
  })

  test.each(portfolio)('also of one that never comes to rest: %s', async (name) => {
    const restless = tinySubject(async ({ life: { ports } }) => {
      const spin = async (us: number) => {
        for (;;) await ports.clock.sleep(us / 1_000)
      }
      void spin(3)
      void spin(5)
    })
    await fromMacrotask(() => {
      const strategy = newStrategy(name, 1, 200)
      const run = simulateNow(restless, tinyScenario(), { strategy, choices: { kind: 'seed', seed: 1 } })
      expect(run.failures.map(({ invariant }) => invariant)).toEqual(['REST'])
      expect(replay(restless, run, run.choices).hash).toBe(run.hash)
    })
  })

  test('telling changes nothing', async () => {
    await fromMacrotask(() => {
      const drawn = drawScenario(toy, { seed: seedText, family: 'mixed', strategy: undefined }, 7)
      const told = play(toy, drawn, true)
      expect(told.told.length).toBeGreaterThan(10)
      expect(seen(told)).toEqual(seen(play(toy, drawn)))
    })
  })
})

interface Found {
  readonly mutant: typeof toy
  readonly run: Run
  readonly failure: Failure
}

const FOUND_PER_DEFECT = 10
const hunted = new Map<string, Found[]>()

/** The first failures that a hunt meets which break what the defect is known to break, and say what they are about. */
function hunt(name: string): Found[] {
  const known = hunted.get(name)
  if (known !== undefined) return known
  const { mutant, breaks, family } = toy.defects![name]!
  const found: Found[] = []
  hunted.set(name, found)
  for (let index = 0; found.length < FOUND_PER_DEFECT; index++) {
    const run = play(mutant, drawScenario(mutant, { seed: seedText, family, strategy: undefined }, index))
    const failure = run.failures.find(({ invariant, about }) => breaks.includes(invariant) && namesCommands(about))
    if (failure !== undefined) found.push({ mutant, run, failure })
  }
  return found
}

function namesCommands(about: readonly string[]): boolean {
  return about.some((one) => one.startsWith('command:'))
}

function breaks(run: Run, invariant: string): boolean {
  return run.failures.some((failure) => failure.invariant === invariant)
}

describe('a failure survives the deletion of a command that it is not about', () => {
  // Not lost-wakeup: every ring is about every item. The others name the commands of all items that they saw go wrong.
  const least = { 'lost-update': 0.7, 'aba-slot': 0.4, 'torn-write': 0.85, 'late-heartbeat': 0.6 }

  test.each(Object.entries(least))('%s: in a share of at least %d', async (name, share) => {
    await fromMacrotask(() => {
      let kept = 0
      let tried = 0
      for (const { mutant, run, failure } of hunt(name)) {
        const { scenario } = run
        for (const { id } of scenario.commands) {
          if (failure.about.includes(`command:${id}`)) continue
          const commands = scenario.commands.filter((command) => command.id !== id) as never
          const edited = simulateNow(mutant, { ...scenario, commands }, { choices: recordSource(run.choices()) })
          tried++
          if (breaks(edited, failure.invariant)) kept++
        }
      }
      console.info(`${name}: ${kept} of ${tried} deletions keep the failure (${Math.round((100 * kept) / tried)} %)`)
      expect(tried).toBeGreaterThan(5)
      expect(kept / tried).toBeGreaterThanOrEqual(share)
    })
  })
})

function shrunk({ mutant, run, failure }: Found): Shrunk<unknown> {
  return shrink(mutant, run.scenario as never, run.choices(), failure.invariant)
}

describe('a failure becomes small', () => {
  const most = {
    'lost-wakeup': { commands: 1, choices: 5 },
    'lost-update': { commands: 2, choices: 5 },
    'aba-slot': { commands: 3, choices: 6 },
    'torn-write': { commands: 1, choices: 2 },
    'late-heartbeat': { commands: 1, choices: 3 },
  }

  test('there is a bound for every defect', () => {
    expect(Object.keys(most)).toEqual(Object.keys(toy.defects!))
  })

  test.each(Object.entries(most))('%s', async (name, bounds) => {
    await fromMacrotask(() => {
      const found = hunt(name).slice(0, 7)
      const small = found.map(shrunk)
      const commands = small.map(({ scenario }) => scenario.commands.length)
      const choices = small.map((one) => one.choices.size)
      const runs = small.map((one) => one.runs)
      console.info(`${name}: commands ${commands}, choices ${choices}, in ${runs} runs`)
      expect(median(commands)).toBeLessThanOrEqual(bounds.commands)
      expect(median(choices)).toBeLessThanOrEqual(bounds.choices)
      small.forEach((one, at) => {
        const { mutant, failure, run } = found[at]!
        expect(one.scenario.commands.length).toBeLessThanOrEqual(run.scenario.commands.length)
        expect(breaks(one.run, failure.invariant)).toBe(true)
        // What is handed out is the token, so the token must fail, and in the same way.
        const token = decodeToken(tokenOf(mutant, one.run, name, failure.invariant))
        expect(token.expected.invariant).toBe(failure.invariant)
        expect(token.expected.steps.length).toBeGreaterThan(0)
        const again = simulateNow(mutant, token.scenario as never, { choices: recordSource(token.choices) })
        expect(seen(again)).toEqual(seen(one.run))
        // Nothing is left over that does not matter to the run.
        expect(again.matched).toBeGreaterThanOrEqual(token.choices.size)
      })
    })
  })

  test('in the same way each time', async () => {
    await fromMacrotask(() => {
      const [found] = hunt('lost-update')
      const { run: first, ...one } = shrunk(found!)
      const { run: second, ...same } = shrunk(found!)
      expect(same).toEqual(one)
      expect(seen(second)).toEqual(seen(first))
    })
  })

  test('and stays as it is when the time is up', async () => {
    await fromMacrotask(() => {
      const [found] = hunt('torn-write')
      const { mutant, run, failure } = found!
      const one = shrink(mutant, run.scenario as never, run.choices(), failure.invariant, () => true)
      expect(one.runs).toBe(1)
      expect(one.scenario).toEqual(run.scenario)
      expect(breaks(one.run, failure.invariant)).toBe(true)
    })
  })
})
