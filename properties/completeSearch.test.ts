// The complete search against the plain way: all schedules of a small scenario, whether or not they differ. Both must come to
// as many inequivalent ones and to the same ends; where combinatorics knows the number, that is what it must be.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  completeSearch,
  fromMacrotask,
  type Invariant,
  playSweep,
  recordSource,
  type Searched,
  type Stage,
  type Subject,
  simulateNow,
} from '../src/explore/index.ts'
import { type Command, calmProfile, type Profile, type Scenario } from '../src/sim/index.ts'
import { toy } from '../src/subjects/toy/toy.ts'
import { seedNumber } from './support/seed.ts'
import { type Go, tinyScenario, tinySubject } from './support/tinySubject.ts'

/** Boots happen at 0, commands later: the orders of the one multiply those of the other. */
const ARRIVAL_MS = 5
const TAIL_MS = 10

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1)
}

type Action =
  | { readonly kind: 'write'; readonly row: number; readonly declared: boolean }
  /** Writes the one row or the other, depending on what it reads. */
  | { readonly kind: 'follow'; readonly row: number }
  | { readonly kind: 'sleep' }
  /** Wakes whoever sleeps on the same server. */
  | { readonly kind: 'wake' }

interface Task {
  readonly server: number
  readonly actions: readonly Action[]
}

const APPEND = `INSERT INTO marks (id, text) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET text = text || excluded.text`

/** Each command does one task; `ends` collects what is in the rows when all is over. */
function doing(tasks: readonly Task[], ends: Set<string>): Subject<Go> {
  const wakers = new WeakMap<object, Set<AbortController>>()
  const rowsAtTheEnd: Invariant = {
    name: 'END',
    kind: 'safety',
    story: 'what is in the rows when all is over',
    begin: (view) => ({
      settled: () => {
        ends.add([1, 2].map((row) => `${row}: ${view.row('marks', row)?.text}`).join(', '))
        return undefined
      },
    }),
  }
  const act = async ({ life }: Stage, id: string, action: Action): Promise<void> => {
    const { pool, database, clock } = life.ports
    const sleepers = wakers.get(life) ?? new Set()
    wakers.set(life, sleepers)
    const write = (row: number, touches?: string[]) =>
      pool.run(touches === undefined ? { name: 'write' } : { name: 'write', touches }, () =>
        database.prepare(APPEND).run(row, id),
      )
    switch (action.kind) {
      case 'write':
        await write(action.row, action.declared ? [`row:${action.row}`] : undefined)
        return
      case 'follow': {
        const touches = [`row:${action.row}`]
        const found = await pool.run({ name: 'read', touches }, () =>
          database.prepare('SELECT text FROM marks WHERE id = ?').get(action.row),
        )
        const row = found === undefined ? 1 : 2
        await write(row, [`row:${row}`])
        return
      }
      case 'sleep': {
        const waker = new AbortController()
        sleepers.add(waker)
        await clock.sleep(1, waker.signal).catch(() => undefined)
        sleepers.delete(waker)
        return
      }
      case 'wake':
        for (const waker of sleepers) waker.abort()
    }
  }
  const go = async (stage: Stage, id: string) => {
    for (const action of tasks[Number(id.slice(1))]!.actions) await act(stage, id, action)
  }
  return tinySubject(async () => undefined, go, [rowsAtTheEnd])
}

function commandsFor(tasks: readonly Task[]): Command<Go>[] {
  return tasks.map(({ server }, at) => ({ id: `c${at}`, at: { ms: ARRIVAL_MS }, do: { kind: 'go', server } as Go }))
}

interface Both {
  readonly searched: Searched
  readonly all: Searched
  readonly ends: readonly string[]
  readonly allEnds: readonly string[]
}

async function bothWays(
  tasks: readonly Task[],
  profile: Partial<Profile>,
  runsMax = 20_000,
  more: readonly Command<Go>[] = [],
): Promise<Both> {
  const scenario = tinyScenario({ tailMs: TAIL_MS, ...profile }, [...commandsFor(tasks), ...more])
  const ends = new Set<string>()
  const allEnds = new Set<string>()
  const searched = await playSweep(completeSearch(doing(tasks, ends), scenario))
  const stop = (runs: number) => runs >= runsMax
  const all = await playSweep(completeSearch(doing(tasks, allEnds), scenario, { reduction: 'none', stop }))
  return { searched, all, ends: [...ends].toSorted(), allEnds: [...allEnds].toSorted() }
}

const writes = (...rows: number[]): Action[] => rows.map((row) => ({ kind: 'write', row, declared: true }))
const onServers = (...tasks: Action[][]): Task[] => tasks.map((actions, server) => ({ server, actions }))

describe('the number of inequivalent schedules', () => {
  // Servers also boot in any order.
  const known: [string, Task[], number][] = [
    ['one writer: one', onServers(writes(1)), 1],
    ['two writers of one row: 2!', onServers(writes(1), writes(1)), factorial(2) * 2],
    ['three writers of one row: 3!', onServers(writes(1), writes(1), writes(1)), factorial(3) * factorial(3)],
    ['three writers of rows of their own: one', onServers(writes(1), writes(2), writes(3)), factorial(3)],
    ['two and one: 2!', onServers(writes(1), writes(1), writes(2)), factorial(3) * 2],
    ['two writers, each twice: 4 over 2', onServers(writes(1, 1), writes(1, 1)), factorial(2) * 6],
    ['two that take two rows crosswise: 3 of 4, the fourth is a circle', onServers(writes(1, 2), writes(2, 1)), 2 * 3],
    ['two that take two rows alike: 2 × 2, both agree or not', onServers(writes(1, 2), writes(1, 2)), 2 * 4],
  ]

  test.each(known)('%s', async (_, tasks, schedules) => {
    const { searched } = await bothWays(tasks, { servers: tasks.length }, 1)
    expect(searched).toMatchObject({ schedules, runs: schedules, redundant: 0, isComplete: true })
  })

  test('many independent tasks cost one run for each order of the boots', async () => {
    const tasks = onServers(writes(1), writes(2), writes(3), writes(4))
    const { searched } = await bothWays(tasks, { servers: 4 }, 1)
    expect(searched.runs).toBe(factorial(4))
  })
})

const row = fc.integer({ min: 1, max: 2 })
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), row, declared: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('follow' as const), row }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'sleep' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'wake' as const }) },
)
const task = (servers: number, most: number): fc.Arbitrary<Task> =>
  fc.record({ server: fc.nat(servers - 1), actions: fc.array(action, { minLength: 1, maxLength: most }) })
/** Of its arrival, its calls with their replies, and its timers. */
const stepsOf = ({ actions }: Task): number =>
  actions.reduce((sum, { kind }) => sum + { write: 2, follow: 4, sleep: 1, wake: 0 }[kind], 1)

/** In how many ways the steps of tasks can be mixed if nothing ties them to each other. */
function mixes(tasks: readonly Task[]): number {
  const counts = tasks.map(stepsOf)
  const all = counts.reduce((sum, one) => sum + one, 0)
  return counts.reduce((ways, one) => ways / factorial(one), factorial(all))
}

const MIXES_MAX = 2_000
const world = fc
  .oneof(
    fc.record({
      servers: fc.constant(2),
      poolSize: fc.constantFrom(1, 4),
      tasks: fc.array(task(2, 2), { minLength: 2, maxLength: 2 }),
    }),
    fc.record({
      servers: fc.constant(1),
      poolSize: fc.constantFrom(1, 2, 4),
      tasks: fc.array(task(1, 1), { minLength: 3, maxLength: 3 }),
    }),
  )
  .filter(({ tasks }) => mixes(tasks) <= MIXES_MAX)

/** A sleeper is woken at the very time at which it would have awoken by itself: a step that prevents another. */
const sleepThen = (server: number, next: Action): Task => ({ server, actions: [{ kind: 'sleep' }, next] })
const cancellations = [1, 2].map((servers) => ({
  servers,
  poolSize: 4,
  tasks: [sleepThen(0, { kind: 'write', row: 1, declared: true }), sleepThen(0, { kind: 'wake' })],
}))

describe('nothing is lost', () => {
  test('as many inequivalent schedules, and the same ends, as in all schedules', async () => {
    let brute = 0
    let reduced = 0
    await fc.assert(
      fc.asyncProperty(world, async ({ tasks, servers, poolSize }) => {
        const { searched, all, ends, allEnds } = await bothWays(tasks, { servers, poolSize })
        expect(all.isComplete && searched.isComplete).toBe(true)
        expect(ends).toEqual(allEnds)
        expect(searched.schedules).toBe(all.schedules)
        brute += all.runs
        reduced += searched.runs
      }),
      { seed: seedNumber, numRuns: 40, examples: cancellations.map((example) => [example]) },
    )
    console.info(`${reduced} runs in the place of ${brute}`)
    expect(reduced).toBeLessThan(brute)
  })
})

describe('a server that dies', () => {
  test('may die before, between and after the steps of others, and takes with it what it waits for', async () => {
    const crash: Command<Go> = { id: 'c9', at: { ms: ARRIVAL_MS }, do: { kind: 'crash', server: 0 } }
    const tasks = onServers(writes(1), writes(2))
    const { searched, all, ends, allEnds } = await bothWays(tasks, { servers: 2 }, 20_000, [crash])
    expect(all.isComplete && searched.isComplete).toBe(true)
    expect(searched.schedules).toBe(all.schedules)
    expect(ends).toEqual(allEnds)
    expect(ends).toEqual(['1: c0, 2: c1', '1: undefined, 2: c1'])
  })
})

interface Submit {
  readonly kind: 'submit'
  readonly server: number
  readonly amount: number
  readonly workMs: number
  readonly child: boolean
}

function workshop(arrivals: readonly number[], tailMs: number): Scenario<Submit> {
  const commands = arrivals.map((ms, at) => {
    const order: Submit = { kind: 'submit', server: 0, amount: 3, workMs: 5, child: false }
    return { id: `c${at}`, at: { ms }, do: order }
  })
  return { family: 'quiet', settings: {}, commands, profile: { ...calmProfile, tailMs } }
}

function brokenIn({ broken }: Searched): [string, number][] {
  return broken.map(({ invariant, schedules }) => [invariant, schedules])
}

describe('the workshop', () => {
  const scenarios: [string, Scenario<Submit>][] = [
    ['an item comes to an idle workshop', workshop([5], 50)],
    ['two items come together', workshop([5, 5], 50)],
    ['an item comes as the workshop looks for one', workshop([1000], 50)],
  ]

  test.each(scenarios)('%s: sound in all its schedules, and the reduction forgets none', async (_, scenario) => {
    const searched = await playSweep(completeSearch(toy, scenario))
    const all = await playSweep(completeSearch(toy, scenario, { reduction: 'none' }))
    expect(searched).toMatchObject({ isComplete: true, failed: 0, schedules: all.schedules })
    expect(all).toMatchObject({ isComplete: true, failed: 0 })
    expect(searched.runs).toBeLessThan(all.runs)
  })

  test('an item comes as the workshop opens: lost by the forgetful bell in a few of its schedules', async () => {
    const { mutant } = toy.defects!['lost-wakeup']!
    const scenario = workshop([0], 0)
    const searched = await playSweep(completeSearch(mutant, scenario))
    expect(searched.isComplete).toBe(true)
    expect(brokenIn(searched)).toEqual([['STRAND', searched.failed]])
    expect(searched.failed).toBeGreaterThan(0)
    expect(searched.failed).toBeLessThan(searched.schedules / 20)
    const [{ examples }] = searched.broken as [Searched['broken'][0]]
    await fromMacrotask(() => {
      for (const { scenario, choices, isRepeatable } of examples) {
        const run = simulateNow(mutant, scenario as never, { choices: recordSource(choices) })
        expect(isRepeatable).toBe(true)
        expect(run.failures.map(({ invariant }) => invariant)).toEqual(['STRAND'])
      }
    })
    const sound = await playSweep(completeSearch(toy, scenario))
    expect(sound).toMatchObject({ isComplete: true, failed: 0 })
  })

  test('two hands finish at the same time: one payment is lost in some orders and not in others', async () => {
    const { mutant } = toy.defects!['lost-update']!
    const scenario = workshop([5, 5], 1_100)
    const stop = (runs: number) => runs >= 300
    const searched = await playSweep(completeSearch(mutant, scenario, { stop }))
    expect(searched).toMatchObject({ runs: 300, isComplete: false })
    expect(brokenIn(searched)).toEqual([['TOTAL', searched.failed]])
    expect(searched.failed).toBeGreaterThan(0)
    expect(searched.failed).toBeLessThan(searched.schedules)
  })

  test('told apart up to a time before the end of chaos, they are fewer', async () => {
    const scenario = workshop([1000], 50)
    const whole = await playSweep(completeSearch(toy, scenario))
    const begun = await playSweep(completeSearch(toy, scenario, { untilMs: 999 }))
    const all = await playSweep(completeSearch(toy, scenario, { untilMs: 999, reduction: 'none' }))
    expect(whole.untilMs).toBe(1050)
    expect(begun).toMatchObject({ isComplete: true, untilMs: 999, schedules: all.schedules })
    expect(begun.schedules).toBeLessThan(whole.schedules)
  })
})
