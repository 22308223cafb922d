// Orders of steps: as a person writes them, as a strategy keeps them, and as a failure is told in them.

import { describe, expect, test } from 'vitest'
import { matcher } from '../src/explore/constraint.ts'
import {
  begun,
  type Constraint,
  ConstraintError,
  drawScenario,
  explain,
  fromMacrotask,
  Holds,
  newStrategy,
  parseConstraint,
  type play,
  recordSource,
  runCampaign,
  type Subject,
  searchOrders,
  shrink,
  simulateNow,
  strategies,
  triesOf,
  triesOfToken,
} from '../src/explore/index.ts'
import { holding } from '../src/explore/strategies/holding.ts'
import type { Command, Operation, PickingStrategy } from '../src/sim/index.ts'
import { subjects } from '../src/subjects/index.ts'
import { seedText } from './support/seed.ts'
import { type Go, tinyScenario, tinySubject } from './support/tinySubject.ts'

const canary = subjects.canary as Subject<unknown>
const draw = { seed: seedText, family: undefined, strategy: undefined }
const choices = { kind: 'seed', seed: 1 } as const

describe('a constraint', () => {
  test.each<[string, Constraint]>([
    ['c1.cancel<c0.stamp', { before: 'c1.cancel', after: 'c0.stamp' }],
    [' cancel.cancel < stamp#2 ', { before: 'cancel.cancel', after: 'stamp#2' }],
    ['*.claim.reply<server0.reap-tick#12', { before: '*.claim.reply', after: 'server0.reap-tick#12' }],
  ])('is read: %s', (text, constraint) => {
    expect(parseConstraint(text)).toEqual(constraint)
  })

  test.each(['', 'a', 'a<', '<b', 'a<b<c', 'a b<c', 'c0.a.b.c<d', 'a#x<b', 'a>b'])('is refused: "%s"', (text) => {
    expect(() => parseConstraint(text)).toThrow(ConstraintError)
    expect(() => parseConstraint(text)).toThrow(/^"[^\n]*" is not a constraint: write 'a<b'/)
  })
})

describe('holds', () => {
  test('a run that kept its orders has both steps, the first before the second', async () => {
    const order = { before: 'job.start', after: 'canceller.cancel' }
    let kept = 0
    await fromMacrotask(() => {
      for (let index = 0; index < 60; index++) {
        const { scenario, seed } = drawScenario(canary, { ...draw, family: 'depth-1' }, index)
        const holds = new Holds([order], scenario)
        const strategy = holding(newStrategy('random', seed, 30) as PickingStrategy, holds)
        const calls: string[] = []
        const run = simulateNow(canary, scenario, {
          strategy,
          choices: { kind: 'seed', seed },
          onStep: ({ operation }) => {
            if (!operation.name.endsWith('.reply')) calls.push(operation.call.label.text)
          },
        })
        const [start, cancel] = [calls.indexOf('start'), calls.indexOf('cancel')]
        expect(holds.areKept).toBe(start >= 0 && cancel > start)
        if (holds.areKept) kept++
        expect(simulateNow(canary, scenario, { choices: recordSource(run.choices()) }).hash).toBe(run.hash)
      }
    })
    expect(kept).toBeGreaterThan(30)
  })
})

describe('a name', () => {
  const go = (id: string): Command<Go> => ({ id, at: { ms: 5 }, do: { kind: 'go' } })
  const two = tinyScenario({}, [go('c0'), go('c1')])

  /** Both commands write into the one row, in a task that is called this. */
  function writing(task: string): Subject<Go> {
    return tinySubject(
      async () => undefined,
      async ({ life: { ports } }) => {
        await ports.pool.run({ name: task, touches: ['marks:1'] }, () =>
          ports.database.prepare("INSERT INTO marks VALUES (1, 'done') ON CONFLICT DO NOTHING").run(),
        )
      },
    )
  }

  function namesIn(subject: Subject<Go>, isMeant: (operation: Operation) => boolean): string[] {
    const names: string[] = []
    simulateNow(subject, two, {
      choices: { kind: 'seed', seed: 1 },
      onStep: ({ operation }) => {
        if (isMeant(operation)) names.push(operation.name)
      },
    })
    return names.toSorted()
  }

  test.each<[string, string[]]>([
    ['write', ['c0.write', 'c1.write']],
    ['go.write', ['c0.write', 'c1.write']],
    ['c1.write', ['c1.write']],
    ['write.reply', ['c0.write.reply', 'c1.write.reply']],
    ['*.write.reply', ['c0.write.reply', 'c1.write.reply']],
    ['c0.write.reply', ['c0.write.reply']],
    ['write#2', []],
  ])('%s means %j', async (name, meant) => {
    await fromMacrotask(() => expect(namesIn(writing('write'), matcher(name, two))).toEqual(meant))
  })

  test.each(['marks.write', 'write a mark', 'schreib’s'])('of a task that is called "%s" is known', async (task) => {
    const subject = writing(task)
    await fromMacrotask(() => {
      expect(namesIn(subject, matcher(`c1.${task}`, two))).toEqual([`c1.${task}`])
      for (const [index, name] of Object.keys(strategies).entries())
        expect(simulateNow(subject, two, { strategy: begun(name, subject, two, index), choices }).failures).toEqual([])
    })
  })
})

describe('an explanation', () => {
  // Depth and the number of orders go together: what has depth 1 needs one.
  test.each([
    ['depth-1', 1],
    ['starved', 2],
    ['stale-snapshot', 2],
    ['depth-4', 5],
  ])('of %s has at most %i orders, and runs that keep them fail more often', async (name, most) => {
    const { mutant, family, breaks } = canary.defects![name]!
    const found = await firstFailure(mutant, family, breaks[0]!)
    await fromMacrotask(() => {
      const { scenario, choices } = shrink(mutant, found.scenario, found.choices(), breaks[0]!)
      const { orders, kept, failed } = explain(mutant, scenario, choices, breaks[0]!)
      expect(orders).toBeDefined()
      expect(orders!.length).toBeGreaterThan(0)
      expect(orders!.length).toBeLessThanOrEqual(most)
      expect(kept).toBeGreaterThan(5)
      expect(failed / kept).toBeGreaterThan(0.15)
      const again = explain(mutant, scenario, choices, breaks[0]!)
      expect(again.orders).toEqual(orders)
      expect(again.failed).toBe(failed)
    })
  })

  test('for which there is no time says nothing, least of all that no order is needed', async () => {
    const { mutant, family, breaks } = canary.defects!['depth-1']!
    const found = await firstFailure(mutant, family, breaks[0]!)
    await fromMacrotask(() => {
      const { orders, kept } = explain(mutant, found.scenario, found.choices(), breaks[0]!, () => true)
      expect({ orders, kept }).toEqual({ orders: undefined, kept: 0 })
    })
  })

  test('of what faults alone decide needs none', async () => {
    const { mutant, family, breaks } = canary.defects!['torn-crash']!
    const found = await firstFailure(mutant, family, breaks[0]!)
    await fromMacrotask(() => {
      const { scenario, choices } = shrink(mutant, found.scenario, found.choices(), breaks[0]!)
      const { orders, kept, failed } = explain(mutant, scenario, choices, breaks[0]!)
      expect(orders).toEqual([])
      expect(failed).toBeGreaterThan(kept / 2)
    })
  })
})

async function firstFailure(mutant: Subject<unknown>, family: string, invariant: string) {
  let found: ReturnType<typeof play> | undefined
  await runCampaign(mutant, {
    ...{ seed: `explained ${seedText}`, family, strategy: undefined, scenarios: 3_000 },
    onRun: (_, run) => {
      if (run.failures.some((failure) => failure.invariant === invariant)) found = run
      return found !== undefined
    },
  })
  return found!
}

describe('a search for orders', () => {
  test('finds what fails under them, in a campaign and in the scenario of a token', async () => {
    const { mutant, family } = canary.defects!.starved!
    const found = await firstFailure(mutant, family, 'CLOSED')
    const { scenario, choices } = await fromMacrotask(() => shrink(mutant, found.scenario, found.choices(), 'CLOSED'))
    const { orders } = await fromMacrotask(() => explain(mutant, scenario, choices, 'CLOSED'))
    const inToken = await searchOrders(mutant, triesOfToken({ scenario, choices }), orders!, { runs: 60 })
    expect(inToken.kept).toBeGreaterThan(10)
    expect(inToken.failed).toBeGreaterThan(inToken.kept / 4)
    expect(inToken.found!.failures[0]!.invariant).toBe('CLOSED')
    const named = orders!.map(({ before, after }) => ({ before: bare(before), after: bare(after) }))
    const tries = triesOf(mutant, { ...draw, family }, named)
    const inCampaign = await searchOrders(mutant, tries, named, { runs: 200 })
    expect(inCampaign.runs).toBe(200)
    expect(inCampaign.kept).toBeGreaterThan(0)
    expect(inCampaign.unknown).toEqual([])
  })

  test('says which names no step bears', async () => {
    const orders = [parseConstraint('nobody.cancel<c0.nothing')]
    const result = await searchOrders(canary, triesOf(canary, draw, orders), orders, { runs: 40 })
    expect(result.kept).toBe(0)
    expect(result.unknown).toEqual(['nobody.cancel', 'c0.nothing'])
    expect(result.names.size).toBeGreaterThan(10)
  })

  test('ends when it is told to', async () => {
    const signal = AbortSignal.abort()
    const orders = [parseConstraint('a<b')]
    expect((await searchOrders(canary, triesOf(canary, draw, orders), orders, { runs: 40, signal })).runs).toBe(0)
  })
})

/** Without the root: any task's. */
function bare(name: string): string {
  return name.replace(/^[\w-]+\./, '')
}
