// When a failure became inevitable: what is said of the point holds for reruns that the search never made, and the passing
// run beside it passes. The seed is fixed, since what is claimed is statistical.

import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type DiffLine,
  distanceOf,
  drawScenario,
  fromMacrotask,
  type Inevitability,
  inevitability,
  newStrategy,
  play,
  type Run,
  recordSource,
  type Subject,
  shrink,
  simulateNow,
  type Told,
  traceDiff,
} from '../src/explore/index.ts'
import {
  diffLines,
  inevitabilityJson,
  inevitableLines,
  markOf,
  nearestLines,
  plain,
  storyLines,
} from '../src/report/index.ts'
import type { ChoiceRecord, Command, Profile, Scenario } from '../src/sim/index.ts'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'
import { toy } from '../src/subjects/toy/toy.ts'
import { seedNumber } from './support/seed.ts'
import { type Go, tinyScenario, tinySubject } from './support/tinySubject.ts'

const SEED = 'inevitable'
const FRESH = 100
const CERTAIN = 97
/** A hunt, a shrink and a search. */
const HUNT_MS_MAX = 120_000
const never = () => false

interface Found {
  readonly subject: Subject<unknown>
  readonly scenario: Scenario<unknown>
  readonly choices: ChoiceRecord
  readonly invariant: string
}

/** The first failure that breaks what the defect is known to break, made small. */
function found(of: Subject<never>, name: string): Found {
  const { mutant, family, breaks } = of.defects![name]!
  const subject = mutant as unknown as Subject<unknown>
  for (let index = 0; ; index++) {
    const run = play(subject, drawScenario(subject, { seed: SEED, family, strategy: undefined }, index))
    const invariant = breaks.find((one) => breaksIt(run, one))
    if (invariant === undefined) continue
    const { scenario, choices } = shrink(subject, run.scenario, run.choices(), invariant)
    return { subject, scenario, choices, invariant }
  }
}

function breaksIt(run: Run, invariant: string): boolean {
  return run.failures.some((failure) => failure.invariant === invariant)
}

function look({ subject, scenario, choices, invariant }: Found, stop = never): Inevitability {
  return inevitability(subject, scenario, choices, invariant, { stop })
}

/** Of fresh reruns from a prefix, with seeds and a strategy that the search does not use, how many fail. */
function failing({ subject, scenario, choices, invariant }: Found, steps: number): number {
  let failed = 0
  for (let seed = 0; seed < FRESH; seed++) {
    const strategy = newStrategy(['random', 'latency', 'pos', 'pct'][seed % 4]!, seed, scenario.profile.horizon)
    const run = simulateNow(subject, scenario, { choices: recordSource(choices), fork: { steps, seed, strategy } })
    if (breaksIt(run, invariant)) failed++
  }
  return failed
}

function hashesOf({ subject, scenario }: Found, choices: ChoiceRecord): number[] {
  const hashes: number[] = []
  simulateNow(subject, scenario, { choices: recordSource(choices), onStep: ({ hash }) => hashes.push(hash) })
  return hashes
}

/** All that one can see of a result. */
function seen(result: Inevitability) {
  const choices = [...(result.closest?.run.choices() ?? [])]
  return [inevitabilityJson(result), inevitableLines(result, plain), nearestLines(result, plain), choices]
}

const cases = [
  ['lost-update', toy],
  ['torn-write', toy],
  ['late-heartbeat', toy],
  ['reap-keeps-pid', orchestrator],
  ['gate-forgets-failed', orchestrator],
] as const

describe.each(cases)('%s', (name, of) => {
  let one: Found
  let result: Inevitability

  beforeAll(async () => {
    await fromMacrotask(() => {
      one = found(of as unknown as Subject<never>, name)
      result = look(one)
    })
  }, HUNT_MS_MAX)

  test('from the point on nothing saves it', async () => {
    const { steps, reruns, operationName } = result.point!
    expect(operationName).toMatch(/^[a-z]+\d+\./)
    expect(reruns).toBeGreaterThanOrEqual(100)
    await fromMacrotask(() => expect(failing(one, steps)).toBeGreaterThanOrEqual(CERTAIN))
  })

  test('before it something could', async () => {
    const { point, before, curve } = result
    expect(before!.steps).toBe(point!.steps - 1)
    expect(before!.failed).toBeLessThan(before!.reruns)
    const best = curve.toSorted((a, b) => a.failed / a.reruns - b.failed / b.reruns)[0]!
    expect(best.steps).toBeLessThan(point!.steps)
    await fromMacrotask(() => expect(failing(one, best.steps)).toBeLessThan(CERTAIN))
  })

  test('the curve rises to it', () => {
    const { curve, point } = result
    expect(curve.length).toBeGreaterThan(5)
    expect(curve.map(({ steps }) => steps)).toEqual(curve.map(({ steps }) => steps).toSorted((a, b) => a - b))
    expect(curve[0]!.steps).toBe(0)
    expect(curve.at(-1)).toEqual({ steps: point!.steps, failed: point!.reruns, reruns: point!.reruns })
    for (const { reruns } of curve) expect(reruns).toBeGreaterThanOrEqual(20)
  })

  test('the closest passing run passes, in a replay too, and shares the steps that it is said to', async () => {
    const { run, steps, distance } = result.closest!
    await fromMacrotask(() => {
      const replayed = simulateNow(one.subject, one.scenario, {
        choices: recordSource(run.choices()),
        telling: true,
      })
      expect(breaksIt(replayed, one.invariant)).toBe(false)
      expect(replayed.hash).toBe(run.hash)
      expect(distanceOf(traceDiff(result.failing.told, replayed.told))).toBe(distance)
      expect(distance).toBeGreaterThan(0)
      expect(steps).toBeGreaterThan(0)
      expect(hashesOf(one, run.choices()).slice(0, steps)).toEqual(hashesOf(one, one.choices).slice(0, steps))
    })
  })

  test('it is what every look comes to', async () => {
    await fromMacrotask(() => expect(seen(look(one))).toEqual(seen(result)))
  })

  test('a few hundred runs are enough, and it is said in a few lines', () => {
    expect(result.runs).toBeLessThan(800)
    const text = inevitableLines(result, plain).join('\n')
    expect(text).toContain(`after step ${result.point!.steps}`)
    expect(text).toContain('reruns from there fail')
    expect(nearestLines(result, plain).length).toBeLessThan(30)
    expect(markOf(result)!.atUs).toBe(result.point!.atUs)
    expect(storyLines(result.failing, result.failure, plain).length).toBeGreaterThan(0)
  })
})

describe('who decides', () => {
  const twice: readonly Command<Go>[] = ['c0', 'c1'].map((id) => ({ id, at: { ms: 0 }, do: { kind: 'go' } }))

  /** The first failing run of this subject. */
  function lookAt(subject: Subject<Go>, commands: readonly Command<Go>[], profile: Partial<Profile> = {}) {
    const scenario = tinyScenario(profile, commands)
    for (let seed = 0; ; seed++) {
      const strategy = newStrategy('random', seed, scenario.profile.horizon)
      const run = simulateNow(subject, scenario, { strategy, choices: { kind: 'seed', seed } })
      if (run.failures.length > 0)
        return inevitability(subject, scenario, run.choices(), 'UNHANDLED', { stop: never }) as Inevitability
    }
  }

  test('the scenario alone', async () => {
    const doomed = tinySubject(
      async () => undefined,
      async () => {
        throw new Error('as ever')
      },
    )
    const result = await fromMacrotask(() => lookAt(doomed, twice))
    expect(result.point).toMatchObject({ steps: 0, decidedBy: 'scenario', reruns: 100 })
    expect(result.closest).toBeUndefined()
    expect(markOf(result)).toBeUndefined()
    expect(inevitableLines(result, plain)).toEqual([
      '  when     the scenario alone decides: all 100 reruns from the very start fail',
    ])
  })

  test('a step: who comes first, of which nothing is seen until later', async () => {
    let first: string | undefined
    const jealous = tinySubject(
      async () => {
        first = undefined
      },
      async ({ life: { ports } }, id) => {
        first ??= id
        await ports.clock.sleep(20)
        if (first === 'c1') throw new Error('c1 was first')
      },
    )
    const result = await fromMacrotask(() => lookAt(jealous, twice))
    expect(result.point).toMatchObject({ decidedBy: 'step', operationName: 'c1.arrival' })
    expect(result.failure.step).toBeGreaterThan(result.point!.steps)
    expect(markOf(result)!.text).toBe('after c1.arrival, nothing saves it any more')
  })

  test('the failing step itself', async () => {
    let over = false
    const race = tinySubject(
      async () => {
        over = false
      },
      async ({ life: { ports } }, id) => {
        await ports.clock.sleep(5)
        if (id === 'c1') over = true
        else if (!over) throw new Error('c1 was late')
      },
    )
    const result = await fromMacrotask(() => lookAt(race, twice))
    expect(result.point).toMatchObject({ steps: result.failure.step, decidedBy: 'failure', reruns: 0 })
    expect(result.before!.failed).toBeLessThan(result.before!.reruns)
    expect(inevitableLines(result, plain).join(' ')).toContain('it was open to the end')
    expect(markOf(result)).toBeUndefined()
  })

  test('a step, and one long before it as good as did', async () => {
    const doubtful = tinySubject(async ({ life }) => {
      const { clock } = life.ports
      if (life.name !== 'server0.0') return
      await clock.sleep(1_000)
      for (let round = 0; round < 40; round++) await clock.sleep(100)
      throw new Error('it crashed too late, or never')
    })
    const result = await fromMacrotask(() => lookAt(doubtful, [], { faults: { crash: 0.001 }, tailMs: 10_000 }))
    expect(result.turn).toMatchObject({ steps: 0, operationName: undefined, atUs: 0 })
    expect(result.turn!.failed).toBeGreaterThanOrEqual(0.8 * result.turn!.reruns)
    expect(inevitableLines(result, plain).join(' ')).toContain('as good as decided from the very start')
  })

  test('the end of chaos, up to which a fault could have struck', async () => {
    const needy = tinySubject(async ({ life }) => {
      for (let round = 0; round < 20; round++) await life.ports.clock.sleep(600)
      await life.ports.clock.sleep(60_000)
      if (life.name === 'server0.0') throw new Error('it never crashed')
    })
    const result = await fromMacrotask(() => lookAt(needy, [], { faults: { crash: 0.03 }, tailMs: 10_000 }))
    expect(result.point).toMatchObject({ decidedBy: 'calm', reruns: 0 })
    expect(result.point!.steps).toBeLessThan(result.failure.step)
    expect(inevitableLines(result, plain).join(' ')).toContain('it was open until faults ended')
    expect(markOf(result)!.text).toContain('faults have ended')
  })

  test('of a run that does not break the invariant nothing can be said', async () => {
    const sound = tinySubject(async () => undefined)
    await expect(
      fromMacrotask(() => inevitability(sound, tinyScenario(), new Map(), 'UNHANDLED', { stop: never })),
    ).rejects.toThrow('does not break UNHANDLED')
  })
})

test('when the time is up, what is known so far is told', async () => {
  await fromMacrotask(() => {
    const one = found(toy as unknown as Subject<never>, 'lost-update')
    const whole = look(one)
    const points: (number | undefined)[] = []
    for (const answers of [0, 20, 150, 320, 10_000]) {
      let asked = 0
      const result = look(one, () => ++asked > answers)
      points.push(result.point?.steps)
      expect(result.runs).toBeLessThanOrEqual(Math.min(whole.runs, answers + 5))
      const text = inevitableLines(result, plain).join(' ')
      if (result.point !== undefined) expect(text).toContain(`after step ${whole.point!.steps} `)
      else expect(text).toContain(result.before === undefined ? 'there was no time' : 'was not found in time')
      expect(inevitabilityJson(result).curve.length).toBeLessThanOrEqual(whole.curve.length)
      expect(nearestLines(result, plain).length > 0).toBe(result.closest !== undefined)
    }
    expect(points.slice(0, 2)).toEqual([undefined, undefined])
    expect(points.at(-1)).toBe(whole.point!.steps)
    for (const point of points) expect([undefined, whole.point!.steps]).toContain(point)
    expect(
      inevitableLines(
        look(one, () => true),
        plain,
      ).join(),
    ).toContain('there was no time')
  })
})

describe('the diff of two traces', () => {
  const say = (text: string, atUs = 0, actor = 'database'): Told => ({ atUs, actor, about: [], text })
  const trace = fc.array(
    fc.constantFrom('a', 'b', 'c', 'd').map((text) => say(text)),
    { maxLength: 12 },
  )
  const texts = (diff: readonly DiffLine[], other: DiffLine['kind']) =>
    diff.filter(({ kind }) => kind !== other).map(({ line }) => line.text)

  function longestCommon(a: readonly Told[], b: readonly Told[]): number {
    let row = new Array<number>(b.length + 1).fill(0)
    for (const { text } of a) {
      const next = [0]
      for (let j = 0; j < b.length; j++) next.push(b[j]!.text === text ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!))
      row = next
    }
    return row.at(-1)!
  }

  test('contains both, in order, and no more differences than there are', () => {
    fc.assert(
      fc.property(trace, trace, (a, b) => {
        const diff = traceDiff(a, b)
        expect(texts(diff, 'passing')).toEqual(a.map(({ text }) => text))
        expect(texts(diff, 'failing')).toEqual(b.map(({ text }) => text))
        expect(distanceOf(diff)).toBe(a.length + b.length - 2 * longestCommon(a, b))
      }),
      { seed: seedNumber },
    )
  })

  test('times do not count, how long a fault lasts does', () => {
    const one = [say('claimed at 1800000000006', 1), say('18 idle rounds are skipped', 2, 'world')]
    const other = [say('claimed at 1800000000999', 5), say('1 idle rounds are skipped', 9, 'world')]
    expect(distanceOf(traceDiff(one, other))).toBe(0)
    const pause = (ms: number) => [say(`pause: stands still for ${ms} ms`, 1, 'server0.0')]
    expect(distanceOf(traceDiff(pause(5), pause(900)))).toBe(2)
    expect(distanceOf(traceDiff([say('job 1 is done')], [say('job 2 is done')]))).toBe(2)
  })

  test('traces of any length are taken', () => {
    const long = (text: string) => Array.from({ length: 5_000 }, (_, at) => say(`${text} ${at % 3000}`))
    const diff = traceDiff([say('begin'), ...long('a')], [say('begin'), ...long('b')])
    expect(diff[0]!.kind).toBe('same')
    expect(distanceOf(diff)).toBe(10_000)
    expect(diffLines(diff, plain).length).toBeLessThanOrEqual(25)
  })

  test('is printed from where the two part, in a page', () => {
    const common = Array.from({ length: 41 }, (_, at) => say(`common ${at}`))
    const more = Array.from({ length: 9 }, (_, at) => say(`more ${at}`, 200))
    const failing = [...common, say('lost', 100), ...more]
    const passing = [...common, say('kept', 10_000_000), say('and told', 10_000_000)]
    const lines = diffLines(traceDiff(failing, passing), plain)
    expect(lines.slice(0, 5)).toEqual([
      '         time  who       what',
      '                         … 39 equal lines',
      '      0.000 s  database  common 39',
      '      0.000 s  database  common 40',
      '  -   0.000 s  database  lost',
    ])
    expect(lines.slice(-4)).toEqual([
      '  -   0.000 s  database  more 4',
      '                         … 4 more lines only in the failing run',
      '  +  10.000 s  database  kept',
      '  +  10.000 s  database  and told',
    ])
    expect(diffLines(traceDiff(failing, failing), plain)).toEqual(['  the two tell the same'])
  })
})
