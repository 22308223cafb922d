// Choices are named, drawn without memory, and recorded so that a record says the same as the run that made it.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordSource } from '../src/explore/index.ts'
import { identity, mixHigh, mixLow } from '../src/sim/hash.ts'
import { Chain, Choices, keyOf, Loop, label } from '../src/sim/index.ts'
import { seedNumber } from './support/seed.ts'

const given = { seed: seedNumber, numRuns: 500 }
const window = { earliestUs: 0, typicalUs: 0, latestUs: 0 }
const names = fc.oneof(fc.constantFrom('a', 'b', 'reply', 'c1', 'c10', 'x#2', '#', '/', 'a/b', ''), fc.string())

function newLoop(): Loop {
  return new Loop(new Choices({ kind: 'seed', seed: 1 }), undefined)
}

function keyedBy({ h1, h2 }: { h1: number; h2: number }, purpose: string): number {
  const { hash } = label(purpose)
  return identity(mixLow(h1, hash), mixHigh(h2, hash))
}

describe('keys', () => {
  test('a path hashed step by step has the key of the path as text', () => {
    const grown = fc.array(fc.tuple(names, fc.constantFrom('fork', 'issue'), fc.nat(3)), { maxLength: 30 })
    fc.assert(
      fc.property(names, grown, names, (root, steps, purpose) => {
        const loop = newLoop()
        const chains = [loop.root(root)]
        for (const [name, what, at] of steps) {
          const chain = chains[at % chains.length]!
          if (what === 'fork') chains.push(loop.fork(chain, label(name)))
          else {
            const operation = loop.issue(chain, label(name), window, () => undefined)
            expect(keyOf(operation.path, purpose)).toBe(keyedBy(operation, label(purpose).text))
          }
        }
        for (const chain of chains) expect(keyOf(chain.path, purpose)).toBe(keyedBy(chain, purpose))
      }),
      given,
    )
  })

  test('no two paths share a key', () => {
    const keys = new Set<number>()
    let paths = 0
    for (let command = 0; command < 100; command++)
      for (const name of ['take', 'reply', 'timer', 'finish'])
        for (let k = 0; k < 100; k++)
          for (const purpose of ['delay', 'crash', 'busy', 'busy@1', 'busy@2']) {
            keys.add(keyOf(`c${command}/${name}${k === 0 ? '' : `#${k}`}`, purpose))
            paths++
          }
    expect(keys.size).toBe(paths)
  })

  test('what one command causes has the same keys whatever stands beside it', () => {
    const pathsOf = (commands: string[]) => {
      const loop = newLoop()
      const paths: string[] = []
      for (const command of commands) {
        const request = loop.fork(loop.root(command), label('request'))
        for (const name of ['submit', 'reply', 'submit']) {
          const { path } = loop.issue(request, label(name), window, () => undefined)
          if (command === 'c7') paths.push(path)
        }
      }
      return paths
    }
    expect(pathsOf(['c7'])).toEqual(['c7/request/submit', 'c7/request/reply', 'c7/request/submit#1'])
    expect(pathsOf(['c1', 'c7', 'c9'])).toEqual(pathsOf(['c7']))
  })
})

interface Question {
  readonly path: number
  readonly purpose: string
  readonly how: 'strikes' | 'pick' | 'strikeSpread'
}

const question: fc.Arbitrary<Question> = fc.record({
  path: fc.nat(20),
  purpose: fc.constantFrom('delay', 'crash', 'stall'),
  how: fc.constantFrom('strikes', 'pick', 'strikeSpread'),
})
const paths = Array.from({ length: 21 }, (_, k) => new Chain(undefined, label('c'), k, k))

function ask(choices: Choices, { path, purpose, how }: Question): number {
  const owner = paths[path]!
  const named = label(`${purpose} by ${how}`)
  if (how === 'strikes') return Number(choices.strikes(owner, named, 0.4))
  if (how === 'pick') return choices.pick(owner, named, 7)
  return choices.strikeSpread(owner, named, 0.6, 10, 60_000)
}

describe('draws', () => {
  test('do not depend on what was asked before', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(question, { maxLength: 40 }), (seed, questions) => {
        const forwards = new Choices({ kind: 'seed', seed })
        const backwards = new Choices({ kind: 'seed', seed })
        const answers = questions.map((one) => ask(forwards, one))
        const reversed = questions.toReversed().map((one) => ask(backwards, one))
        expect(reversed.toReversed()).toEqual(answers)
      }),
      given,
    )
  })

  test('a record gives the same answers and the same record', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(question, { maxLength: 40 }), (seed, questions) => {
        const first = new Choices({ kind: 'seed', seed })
        const answers = questions.map((one) => ask(first, one))
        const replayed = new Choices(recordSource(first.record()))
        expect(questions.map((one) => ask(replayed, one))).toEqual(answers)
        expect([...replayed.record()]).toEqual([...first.record()])
      }),
      given,
    )
  })

  test('what a record does not name is calm', () => {
    const replayed = new Choices(recordSource(new Map([['c#3/delay by pick', 4]])))
    expect(replayed.pick(paths[3]!, label('delay by pick'), 7)).toBe(4)
    expect(replayed.pick(paths[4]!, label('delay by pick'), 7)).toBe(0)
    expect(replayed.strikes(paths[3]!, label('crash'), 1)).toBe(false)
    expect(replayed.strikeSpread(paths[3]!, label('stall'), 1, 10, 100)).toBe(0)
    expect(replayed.matched).toBe(1)
  })

  test('a value from another program is brought into range', () => {
    const replayed = new Choices(recordSource(new Map([['c/pick', 12]])))
    expect(replayed.pick(paths[0]!, label('pick'), 3)).toBe(2)
  })
})

// Bounds that a fair draw breaks once in a million times, and a skewed one nearly always.
const DRAWS = 40_000
const SIGMAS = 5
const SURPRISE = Math.log(1e6)

/** Draws with DRAWS different keys under one seed, then with DRAWS seeds for one key: both must be uniform. */
function sample(draw: (choices: Choices, owner: Chain) => number): { across: string; values: number[] }[] {
  const one = new Choices({ kind: 'seed', seed: seedNumber })
  const chains = Array.from({ length: DRAWS }, (_, k) => new Chain(paths[k % 21]!, label('draw'), k, k))
  return [
    { across: 'keys', values: chains.map((chain) => draw(one, chain)) },
    {
      across: 'seeds',
      values: chains.map((_, k) => draw(new Choices({ kind: 'seed', seed: seedNumber + k }), chains[0]!)),
    },
  ]
}

function expectShare(hits: number, trials: number, share: number): void {
  const deviation = Math.sqrt(trials * share * (1 - share))
  expect(Math.abs(hits - trials * share)).toBeLessThan(SIGMAS * deviation)
}

/** Pearson's statistic for equal shares, with the bound of Laurent and Massart (2000) for its tail. */
function expectUniform(values: readonly number[], cells: number): void {
  const counts = Array<number>(cells).fill(0)
  for (const value of values) counts[value] = counts[value]! + 1
  const expected = values.length / cells
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  expect(statistic).toBeLessThan(cells - 1 + 2 * Math.sqrt((cells - 1) * SURPRISE) + 2 * SURPRISE)
}

describe('distributions', () => {
  test.each([0.001, 0.02, 0.3, 0.9])('strikes happen at their rate: %d', (rate) => {
    const purpose = label('strike')
    for (const { values } of sample((choices, owner) => Number(choices.strikes(owner, purpose, rate))))
      expectShare(values.filter((struck) => struck === 1).length, DRAWS, rate)
  })

  test.each([2, 3, 10, 100])('picks are uniform: one of %d', (count) => {
    const purpose = label('pick')
    for (const { values } of sample((choices, owner) => choices.pick(owner, purpose, count)))
      expectUniform(values, count)
  })

  test.each([0.01, 0.5])('spreads strike at their rate and are log-uniform: %d', (rate) => {
    const [low, high, cells] = [100, 10_000_000, 10]
    const purpose = label('spread')
    for (const { values } of sample((choices, owner) => choices.strikeSpread(owner, purpose, rate, low, high))) {
      const struck = values.filter((value) => value !== 0)
      expectShare(struck.length, DRAWS, rate)
      expect(Math.min(...struck)).toBeGreaterThanOrEqual(low)
      expect(Math.max(...struck)).toBeLessThanOrEqual(high)
      const places = struck.map((value) => (Math.log(value / low) / Math.log(high / low)) * cells)
      expectUniform(
        places.map((place) => Math.min(cells - 1, Math.floor(place))),
        cells,
      )
    }
  })

  test('two purposes of one operation, and two neighbours in a chain, are drawn independently', () => {
    const [first, second] = [label('first'), label('second')]
    for (const { values } of sample((choices, owner) => {
      const beside = new Chain(owner.parent, owner.label, owner.k + 1, 0)
      const own = choices.pick(owner, first, 4)
      return (own * 4 + choices.pick(owner, second, 4)) * 4 + choices.pick(beside, first, 4)
    }))
      expectUniform(values, 64)
  })
})
