// The loop against its promise: whatever a strategy decides, what was recorded of it replays to the same steps at the same
// times, and nothing happens before its time or long after it. The programs are random and their windows so narrow that
// operations meet at the same microsecond all the time.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newStrategy, overridesOf, recordSource, strategies } from '../src/explore/index.ts'
import { type ChoiceRecord, Choices, keyOf, Loop, label, type Operation, type Window } from '../src/sim/index.ts'
import { seedNumber } from './support/seed.ts'

const OPERATIONS_MAX = 80

/** What an operation does when it fires. */
type Deed =
  | { readonly kind: 'issue'; readonly name: string; readonly window: Window; readonly periodUs: number }
  | { readonly kind: 'remove'; readonly nth: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'postpone'; readonly byUs: number }
  | { readonly kind: 'calm' }

const span = fc.oneof(fc.nat(4), fc.nat(2_000))
const window: fc.Arbitrary<Window> = fc.tuple(span, span, span).map(([earliestUs, more, most]) => ({
  earliestUs,
  typicalUs: earliestUs + more,
  latestUs: earliestUs + more + most,
}))
const issue: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('issue'),
  name: fc.constantFrom('a', 'b', 'c'),
  window,
  periodUs: fc.constantFrom(0, 0, 7),
})
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: issue },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove'), nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('postpone'), byUs: fc.nat(3_000) }) },
)

interface Program {
  /** What an operation does follows from its path, so that it is the same in every run. */
  readonly deeds: readonly (readonly Deed[])[]
  readonly reserved: number
  /** The step after which calm begins. */
  readonly calmAfter: number
}

const program: fc.Arbitrary<Program> = fc.record({
  deeds: fc.array(fc.array(deed, { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
  reserved: fc.nat(3),
  calmAfter: fc.integer({ min: 1, max: 60 }),
})

interface Fired {
  readonly path: string
  readonly atUs: number
  readonly earliestUs: number
  readonly latestUs: number
  /** Its time was not the strategy's to choose: released, or postponed. */
  readonly fixed: boolean
}

/** Plays a program; the loop's own order of reserved operations is by progress, here one per release. */
function play({ deeds, reserved, calmAfter }: Program, loop: Loop, replaying: boolean): Fired[] {
  const fired: Fired[] = []
  const known: Operation[] = []
  const waiting: Operation[] = []
  const postponed = new Set<Operation>()
  const root = loop.root('program')
  const add = (name: string, span: Window, periodUs: number) => {
    if (known.length >= OPERATIONS_MAX) return
    const chain = loop.successor(label(name))
    const operation: Operation = loop.issue(chain, label(name), span, () => act(operation), undefined, [], periodUs)
    known.push(operation)
  }
  const act = (operation: Operation) => {
    const { path, earliestUs, latestUs } = operation
    fired.push({ path, atUs: loop.nowUs, earliestUs, latestUs, fixed: postponed.has(operation) })
    const own = deeds[keyOf(path, 'deeds') % deeds.length]!
    const delay = own.find((one) => one.kind === 'postpone')
    if (delay !== undefined && !postponed.has(operation)) {
      postponed.add(operation)
      loop.postpone(operation, loop.nowUs + delay.byUs)
      return
    }
    for (const one of own) {
      if (one.kind === 'issue') add(one.name, one.window, one.periodUs)
      if (one.kind === 'remove') loop.remove(known[one.nth % known.length]!)
      // In a replay it has its place from the start.
      if (one.kind === 'release' && !replaying && waiting.length > 0) loop.release(waiting.shift()!)
    }
  }
  const start = { earliestUs: 0, typicalUs: 0, latestUs: 3 }
  for (let n = 0; n < reserved; n++) {
    const chain = loop.root(`reserved${n}`)
    const act = () => {
      fired.push({ path: operation.path, atUs: loop.nowUs, earliestUs: 0, latestUs: 0, fixed: true })
    }
    const operation: Operation = replaying
      ? loop.issue(chain, label('arrival'), start, act)
      : loop.reserve(chain, label('arrival'), start, act)
    waiting.push(operation)
  }
  for (let n = 0; n < 3; n++) {
    const chain = loop.fork(root, label('start'))
    const operation: Operation = loop.issue(chain, label('start'), start, () => act(operation))
    known.push(operation)
  }
  for (;;) {
    if (loop.steps === calmAfter) loop.calm()
    if (loop.step()) continue
    if (replaying || waiting.length === 0) return fired
    loop.release(waiting.shift()!)
  }
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  program,
  name: fc.constantFrom(...Object.keys(strategies)),
  seed: fc.nat(),
})

interface Drawn {
  readonly program: Program
  readonly name: string
  readonly seed: number
}

function explore({ program, name, seed }: Drawn, given: ChoiceRecord = new Map()) {
  const choices = new Choices({ kind: 'seed', seed, overrides: overridesOf(given) })
  const loop = new Loop(choices, newStrategy(name, seed, 60))
  return { fired: play(program, loop, false), hash: loop.hash, record: choices.record() }
}

function expectReplay({ program }: Drawn, { fired, hash, record }: ReturnType<typeof explore>): void {
  const choices = new Choices(recordSource(record))
  const loop = new Loop(choices, undefined)
  const timed = ({ path, atUs }: Fired) => `${atUs} ${path}`
  expect(play(program, loop, true).map(timed)).toEqual(fired.map(timed))
  expect(loop.hash).toBe(hash)
}

const given = { seed: seedNumber, numRuns: 3_000 }

describe('the loop', () => {
  test('replays what any strategy did, at the same times', () => {
    fc.assert(
      fc.property(drawn, (one) => expectReplay(one, explore(one))),
      given,
    )
  })

  test('replays what a strategy did around a part of an earlier record', () => {
    fc.assert(
      fc.property(drawn, fc.nat(), (one, seed) => {
        const half = new Map([...explore(one).record].filter((_, at) => (seed >> (at % 30)) % 2 === 0))
        expectReplay(one, explore({ ...one, seed }, half))
      }),
      given,
    )
  })

  test('fires nothing early, and nothing late but behind others that could have come before it', () => {
    let late = 0
    fc.assert(
      fc.property(drawn, (one) => {
        const { fired } = explore(one)
        // Calm knows typical times only.
        fired.slice(0, one.program.calmAfter).forEach(({ path, atUs, earliestUs, latestUs, fixed }, at) => {
          expect(atUs, path).toBeGreaterThanOrEqual(earliestUs)
          if (fixed || atUs <= latestUs) return
          late++
          // Each step takes a microsecond while a strategy picks: whoever shares a last moment with others has to queue.
          const before = fired.slice(0, at).filter((other) => other.atUs > latestUs)
          expect(before.length, path).toBeGreaterThanOrEqual(atUs - latestUs - 1)
          for (const other of before) expect(other.fixed || other.earliestUs <= latestUs, other.path).toBe(true)
        })
      }),
      given,
    )
    expect(late).toBeGreaterThan(100)
  })

  test('picks from more than one, and picks differently with another seed', () => {
    const wide = { earliestUs: 10, typicalUs: 20, latestUs: 30 }
    const orders = new Set<string>()
    for (let seed = 0; seed < 200; seed++) {
      const loop = new Loop(new Choices({ kind: 'seed', seed }), newStrategy('random', seed, 10))
      const order: string[] = []
      for (const name of ['a', 'b', 'c', 'd'])
        loop.issue(loop.root(name), label(name), wide, () => {
          order.push(name)
        })
      while (loop.step());
      orders.add(order.join(''))
    }
    expect(orders.size).toBe(24)
  })
})
