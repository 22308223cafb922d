/** What campaigns keep of their scenarios: the same whoever played them, and no more of it the longer they last. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Discovery, Novelty } from '../src/cli/discovery.ts'
import { InOrder } from '../src/cli/fleet.ts'
import { Marks } from '../src/cli/marks.ts'
import type { Plan } from '../src/cli/plan.ts'
import { pairedOf } from '../src/cli/result.ts'
import { type Outcome, Tally } from '../src/cli/tally.ts'
import { shapeOf } from '../src/report/coverage.ts'
import { seedNumber } from './support/seed.ts'

fc.configureGlobal({ seed: seedNumber })

function outcome(index: number, fields: Partial<Outcome> = {}): Outcome {
  const nothing = { hash: index, strand: false, violation: false, broken: [], sometimes: [], behaviours: [] }
  return { index, strategy: 'pct', family: 'any', ...nothing, ...fields }
}

const plan: Plan = {
  subject: 'toy',
  defect: undefined,
  draw: { seed: '1', family: undefined, strategy: undefined },
  first: 0,
  stride: 1,
  scenarios: 1_000,
  until: 'never',
}

const behaviours = fc.array(fc.nat(60), { maxLength: 6 })

describe('the curve of discovery', () => {
  it('counts each behaviour once, where it came first', () => {
    fc.assert(
      fc.property(fc.array(behaviours, { maxLength: 200 }), (runs) => {
        const discovery = new Discovery()
        for (const run of runs) discovery.fold(run)
        const sum = (of: 'scenarios' | 'newBehaviours') => discovery.curve.reduce((total, one) => total + one[of], 0)
        expect(sum('scenarios')).toBe(runs.length)
        expect(sum('newBehaviours')).toBe(new Set(runs.flat()).size)
      }),
    )
  })

  it('is the same however many threads have played, in whatever order they were fast', () => {
    const drawn = fc.tuple(
      fc.array(behaviours, { minLength: 1, maxLength: 150 }),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat(3)),
      fc.integer({ min: 5, max: 100 }),
    )
    fc.assert(
      fc.property(drawn, ([runs, threads, turns, max]) => {
        const alone = new Discovery(max)
        for (const run of runs) alone.fold(run)
        // Each thread takes chunks of its own and tells only what it has not told before.
        const queues: Outcome[][] = Array.from({ length: threads }, () => [])
        const novelties = queues.map(() => new Novelty(max))
        for (const [index, run] of runs.entries()) {
          const thread = Math.floor(index / 8) % threads
          queues[thread]!.push(outcome(index, { behaviours: novelties[thread]!.fresh(run) }))
        }
        const together = new Discovery(max)
        const inOrder = new Map<number, Outcome>()
        let next = 0
        while (queues.some(({ length }) => length > 0)) {
          const queue = queues[turns.next().value! % threads]!
          const told = queue.shift()
          if (told === undefined) {
            for (const other of queues) for (const one of other.splice(0)) inOrder.set(one.index, one)
          } else inOrder.set(told.index, told)
          for (let due = inOrder.get(next); due !== undefined; due = inOrder.get(++next)) together.fold(due.behaviours)
        }
        expect(together.curve).toEqual(alone.curve)
        expect(together.isCapped).toBe(alone.isCapped)
      }),
    )
  })

  it('says when there is more than it keeps, and counts no further', () => {
    const discovery = new Discovery(10)
    discovery.fold([1, 2, 3])
    expect(discovery.isCapped).toBe(false)
    discovery.fold([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    discovery.fold([13])
    expect(discovery.isCapped).toBe(true)
    expect(discovery.curve).toEqual([{ scenarios: 2, newBehaviours: 10 }])
  })

  it('stays short: a longer campaign has longer stretches', () => {
    const discovery = new Discovery()
    for (let n = 0; n < 100_000; n++) discovery.fold([])
    expect(discovery.curve.length).toBeLessThanOrEqual(32)
    const lengths = discovery.curve.slice(0, -1).map(({ scenarios }) => scenarios)
    expect(new Set(lengths)).toEqual(new Set([25 * 2 ** 7]))
  })

  it('is called by what its last quarter brought', () => {
    const curve = (...news: number[]) => news.map((newBehaviours) => ({ scenarios: 100, newBehaviours }))
    expect(shapeOf(curve(900, 60, 30, 1))).toBe('flattened')
    expect(shapeOf(curve(900, 60, 30, 50))).toBe('flattening')
    expect(shapeOf(curve(300, 250, 250, 200))).toBe('still rising: play more')
    expect(shapeOf(curve(900, 60, 30))).toBe('too few scenarios to say whether it flattens')
    expect(shapeOf(curve(0, 0, 0, 0))).toBe('flattened')
  })
})

describe('two variants on the same scenarios', () => {
  it('are compared on those that both have played, whoever played them', () => {
    const fate = fc.constantFrom('sound', 'strand', 'violation', 'both', 'unplayed')
    const fates = fc.array(fc.tuple(fate, fate), { maxLength: 100 })
    fc.assert(
      fc.property(fates, fc.nat(3), fc.integer({ min: 1, max: 4 }), (pairs, first, stride) => {
        const tallies = [0, 1].map((side) => {
          const queue = new InOrder({ ...plan, first: first % stride, stride })
          const outcomes = pairs.flatMap((pair, at) =>
            pair[side] === 'unplayed'
              ? []
              : outcome((first % stride) + at * stride, {
                  strand: pair[side] === 'strand' || pair[side] === 'both',
                  violation: pair[side] === 'violation' || pair[side] === 'both',
                }),
          )
          queue.push(outcomes.toReversed())
          return queue.end()
        })
        const played = pairs.filter((pair) => !pair.includes('unplayed'))
        const count = (...fails: string[]) => ({
          scenarios: played.length,
          onlyFirst: played.filter(([one, other]) => fails.includes(one) && !fails.includes(other)).length,
          onlySecond: played.filter(([one, other]) => !fails.includes(one) && fails.includes(other)).length,
        })
        expect(pairedOf(tallies[0]!, tallies[1]!)).toEqual({
          strands: count('strand', 'both'),
          violations: count('violation', 'both'),
          failures: count('strand', 'violation', 'both'),
        })
      }),
    )
  })

  it('are remembered by marks that know exactly what was added', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5_000)), (added) => {
        const marks = new Marks()
        for (const at of added) marks.add(at)
        const found = Array.from({ length: marks.end }, (_, at) => at).filter((at) => marks.has(at))
        expect(found).toEqual(added.toSorted((a, b) => a - b))
        expect(marks.has(marks.end + 7)).toBe(false)
      }),
    )
  })
})

it('a million scenarios are kept in less than a megabyte', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heldBytes = () => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const tally = new Tally()
  const fold = (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      const strand = index % 7 === 0
      const broken = strand ? ['STRAND'] : []
      tally.fold(outcome(index, { strand, broken, sometimes: ['fault crash'], behaviours: [index % 500] }))
    }
  }
  fold(0, 1_000)
  const before = heldBytes()
  fold(1_000, 1_000_000)
  const grown = heldBytes() - before
  expect(tally.counts()).toMatchObject({ scenarios: 1_000_000, strands: 142_858 })
  expect(tally.marks.strands.has(999_999)).toBe(999_999 % 7 === 0)
  expect(grown).toBeLessThan(1_000_000)
})
