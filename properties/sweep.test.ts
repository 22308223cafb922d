// Faults and delays in one scenario, each in its turn: on a subject so small that it is known what must come out, and on the
// workshop's known mistakes. At the end the command line.

import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Broken,
  delaySweep,
  drawScenario,
  type Family,
  faultSweep,
  fromMacrotask,
  type Invariant,
  playSweep,
  recordSource,
  type Subject,
  settle,
  simulateNow,
} from '../src/explore/index.ts'
import type { FaultName, Scenario } from '../src/sim/index.ts'
import { toy } from '../src/subjects/toy/toy.ts'
import { strandline } from './support/cli.ts'
import { type Go, tinyScenario, tinySubject } from './support/tinySubject.ts'

const nothingDone: Invariant = {
  name: 'DONE',
  kind: 'liveness',
  story: 'the mark is there',
  begin: (view) => ({
    settled: () => (view.row('marks', 1) === undefined ? { text: 'there is no mark', about: [] } : undefined),
  }),
}

/** Writes a mark once; what fails it tries again, so many times. */
function persistent(tries: number, faults: readonly FaultName[]): Subject<Go> {
  const family: Family<Go> = { weight: 1, story: '', base: [], command: fc.constant(go), more: 0, faults }
  const write = async ({ life: { ports } }: Parameters<Subject<Go>['boot']>[0]) => {
    for (let n = 0; n < tries; n++) {
      try {
        await ports.pool.run({ name: 'write', touches: ['marks:1'] }, () => {
          ports.database.prepare("INSERT INTO marks VALUES (1, 'done')").run()
        })
        return
      } catch {
        // Once more.
      }
    }
  }
  return { ...tinySubject(async () => undefined, write, [nothingDone]), families: { tiny: family } }
}

const go = { at: { ms: 5 }, do: { kind: 'go' } } as const
const once = tinyScenario({ tailMs: 1_000 }, [{ id: 'c0', ...go }])

function sweepFaults(subject: Subject<Go>, pairs: number, stop?: (runs: number) => boolean) {
  return playSweep(faultSweep(subject, once, { pairs, ...(stop === undefined ? {} : { stop }) }))
}

describe('the fault sweep', () => {
  it('finds the one statement at which one try is not enough', async () => {
    const { alone, broken, isComplete } = await sweepFaults(persistent(1, ['busy']), 100)
    expect(alone).toEqual([{ kind: 'busy', points: 1, survived: 0 }])
    expect(broken.map(({ at }) => at.map(({ point }) => point.operation))).toEqual([['c0.write']])
    expect(isComplete).toBe(true)
  })

  it('finds the pair that two tries do not survive, though its second point is there only after the first', async () => {
    const { alone, pairs, broken, runs } = await sweepFaults(persistent(2, ['busy', 'full']), 100)
    expect(alone).toEqual([
      { kind: 'busy', points: 1, survived: 1 },
      { kind: 'full', points: 1, survived: 1 },
    ])
    // After a busy first try comes the second with its own two points, and likewise after a full disk.
    expect(pairs).toEqual({ all: 4, played: 4, survived: 0 })
    // The calm one, each alone, each once more to see what follows, the pairs.
    expect(runs).toBe(1 + 2 + 2 + 4)
    expect(broken.map(({ at }) => at.map(({ point }) => point.kind).join(' + '))).toEqual([
      'busy + busy',
      'busy + full',
      'full + busy',
      'full + full',
    ])
  })

  it('survives all pairs with three tries', async () => {
    const { broken, pairs } = await sweepFaults(persistent(3, ['busy', 'full']), 100)
    expect(broken).toEqual([])
    expect(pairs).toMatchObject({ played: 4, survived: 4 })
  })

  it('takes a fault that displaces at its least, in the middle and at its most', async () => {
    const { alone, runs } = await sweepFaults(persistent(1, ['stall']), 0)
    const [{ points }] = alone as [(typeof alone)[0]]
    expect(alone).toEqual([{ kind: 'stall', points, survived: points }])
    expect(runs).toBe(1 + 3 * points)
  })

  it('spreads the pairs that it may try over all of them', async () => {
    const faults = ['stall', 'busy', 'full'] as const
    const whole = await sweepFaults(persistent(3, faults), 1_000)
    const some = await sweepFaults(persistent(3, faults), 5)
    expect(whole.pairs.played).toBe(whole.pairs.all)
    expect(some.pairs).toEqual({ all: whole.pairs.all, played: 5, survived: 5 })
  })

  it('says when it was stopped', async () => {
    const { isComplete, runs } = await sweepFaults(persistent(2, ['busy', 'full']), 100, (runs) => runs >= 2)
    expect({ isComplete, runs }).toEqual({ isComplete: false, runs: 2 })
  })

  it('says nothing of faults where the calm run fails', async () => {
    const { alone, broken } = await sweepFaults(persistent(0, ['busy']), 100)
    expect(alone).toEqual([])
    expect(broken).toMatchObject([{ at: [], isRepeatable: true }])
  })

  it('meets every point of the calm run', async () => {
    const { scenario, alone } = await swept(toy, 'crashes', 1)
    const points = new Set<string>()
    await fromMacrotask(() =>
      simulateNow(
        toy,
        { ...scenario, profile: { ...scenario.profile, faults: { crash: 1e-9, crashInStatement: 1e-9 } } },
        {
          choices: { kind: 'record', overrides: new Map() },
          onFaultPoint: ({ path }, { text }) => points.add(`${path}/${text}`),
        },
      ),
    )
    expect(alone.reduce((sum, { points }) => sum + points, 0)).toBe(points.size)
  })

  it('finds the torn write between two statements, and only there', async () => {
    const { mutant } = toy.defects!['torn-write']!
    const { alone, broken } = await swept(mutant, 'crashes', 1)
    expect(alone.find(({ kind }) => kind === 'crash')).toMatchObject({ kind: 'crash' })
    expect(broken.length).toBeGreaterThan(0)
    for (const { at, failures } of broken) {
      expect(at.map(({ point }) => point.kind)).toEqual(['crashInStatement'])
      expect(at[0]!.point.operation).toMatch(/\.finish$/)
      expect(failures.map(({ invariant }) => invariant)).toEqual(['RECEIPT'])
    }
    await expectReplays(mutant, broken)
    const sound = await swept(toy, 'crashes', 1)
    expect(sound.broken).toEqual([])
    expect(sound.alone.every(({ points, survived }) => points === survived)).toBe(true)
  })
})

async function settled(subject: typeof toy, family: string, index: number) {
  const { scenario } = drawScenario(subject, { seed: '1', family, strategy: undefined }, index)
  return fromMacrotask(() => settle(subject, scenario))
}

async function swept(subject: typeof toy, family: string, index: number) {
  const scenario = await settled(subject, family, index)
  return { scenario, ...(await playSweep(faultSweep(subject, scenario, { pairs: 0 }))) }
}

function expectReplays(subject: typeof toy, broken: readonly Broken[]): Promise<void> {
  return fromMacrotask(() => {
    for (const { scenario, choices, failures, isRepeatable } of broken) {
      const run = simulateNow(subject, scenario as Scenario<never>, { choices: recordSource(choices) })
      expect(isRepeatable).toBe(true)
      expect(run.failures).toEqual(failures)
    }
  })
}

describe('the delay sweep', () => {
  it('finds the lost update where two operations are put off, and no other mistake in the sound workshop', async () => {
    const { mutant } = toy.defects!['lost-update']!
    const scenario = await settled(mutant, 'steady', 4)
    const { alone, pairs, broken } = await playSweep(delaySweep(mutant, scenario, { pairs: 1_000 }))
    expect(alone).toMatchObject([{ kind: 'delay', survived: alone[0]!.points }])
    expect(pairs.survived).toBe(pairs.played - broken.length)
    expect(broken.length).toBeGreaterThan(0)
    for (const { at, failures } of broken) {
      expect(at).toHaveLength(2)
      expect(failures.map(({ invariant }) => invariant)).toEqual(['TOTAL'])
    }
    await expectReplays(mutant, broken)
    const sound = await playSweep(delaySweep(toy, await settled(toy, 'steady', 4), { pairs: 1_000 }))
    expect(sound.broken).toEqual([])
  })

  it('tries each pair of a calm schedule once, whichever comes first', async () => {
    const scenario = await settled(toy, 'steady', 1)
    const { alone, pairs } = await playSweep(delaySweep(toy, scenario, { pairs: 1_000 }))
    const n = alone[0]!.points
    expect(pairs.played).toBe(pairs.all)
    // A delay may take an operation away from what it would have met, or bring it there.
    expect(Math.abs(pairs.all - (n * (n - 1)) / 2)).toBeLessThan(n)
  })

  it('tries no pair twice where an operation is put off until faults have ended', async () => {
    const scenario = await settled(toy, 'mixed', 0)
    const { alone, pairs } = await playSweep(delaySweep(toy, scenario, { pairs: 0 }))
    const n = alone[0]!.points
    expect(pairs.all).toBeLessThanOrEqual((n * (n - 1)) / 2)
  })
})

describe('a settled scenario', () => {
  it('has a time of its own for each arrival, and the calm run is the same', async () => {
    for (let index = 0; index < 10; index++) {
      const { scenario } = drawScenario(toy, { seed: '1', family: 'steady', strategy: undefined }, index)
      const calm = { ...scenario, profile: { ...scenario.profile, faults: {} } }
      const times = await settled(toy, 'steady', index)
      expect(times.commands.every(({ at }) => 'ms' in at)).toBe(true)
      await fromMacrotask(() => {
        const drawn = simulateNow(toy, calm, { choices: { kind: 'seed', seed: 0 } })
        const played = simulateNow(toy, { ...times, profile: calm.profile }, { choices: recordSource(new Map()) })
        expect(played.hash, `${index}`).toBe(drawn.hash)
      })
    }
  })
})

const seconds = 60_000
const small = ['sweep', 'toy', '--family', 'crashes', '--seed', '1', '--index', '2', '--pairs', '20']

describe('strandline sweep', () => {
  it(
    'exits with 0 where everything survived',
    async () => {
      const { code, stdout } = await strandline(small)
      expect(stdout).toContain('all survived')
      expect(stdout).toMatch(/crashInStatement +\d+ of \d+/)
      expect(code).toBe(0)
    },
    seconds,
  )

  it(
    'exits with 1 and gives tokens that replay to the same',
    async () => {
      const { code, stdout } = await strandline([...small, '--defect', 'torn-write', '--json'])
      expect(code).toBe(1)
      const json = JSON.parse(stdout) as { failures: { invariant: string; token: string }[]; failed: unknown[] }
      expect(json).toMatchObject({
        command: 'sweep',
        kind: 'faults',
        subject: 'toy',
        defect: 'torn-write',
        complete: true,
      })
      expect(json.failed.length).toBeGreaterThanOrEqual(json.failures.length)
      const [{ invariant, token }] = json.failures as [(typeof json.failures)[0]]
      expect(invariant).toBe('RECEIPT')
      const replayed = await strandline(['replay', token])
      expect(replayed.stdout).toContain('still fails')
      expect(replayed.code).toBe(1)
      const again = await strandline(['sweep', '--token', token, '--pairs', '0', '--json'])
      expect(JSON.parse(again.stdout)).toMatchObject({ defect: 'torn-write', family: 'crashes' })
      expect(again.code).toBe(1)
    },
    seconds,
  )

  it(
    'says how many schedules there are, and whether that is all',
    async () => {
      const quiet = ['sweep', 'toy', '--kind', 'schedules', '--family', 'quiet', '--seed', '1', '--index', '0']
      const { code, stdout } = await strandline(quiet)
      expect(stdout).toMatch(/all survived: [\d,]+ inequivalent schedules, and there are no others/)
      expect(code).toBe(0)
      const some = await strandline([...quiet, '--runs', '10', '--json'])
      expect(JSON.parse(some.stdout)).toMatchObject({ schedules: 10, runs: 10, complete: false })
    },
    seconds,
  )

  it(
    'ends with what it has when it is interrupted',
    async () => {
      const long = ['sweep', 'toy', '--family', 'mixed', '--seed', '1', '--index', '0']
      const { code, stdout, stderr } = await strandline(long, { interruptMs: 300 })
      expect(stderr).toContain('stopping here')
      expect(stdout).toContain('stopped before it had tried all')
      expect(code).toBe(130)
    },
    seconds,
  )

  it(
    'exits with 3 where the same way leads elsewhere a second time',
    async () => {
      const counter = fileURLToPath(new URL('./fixtures/counter.ts', import.meta.url))
      const { code, stdout, stderr } = await strandline(['sweep', counter, '--seed', '1'])
      expect(stderr).toMatch(/^not deterministic: .* was followed by other points a second time\n.*doctor/m)
      expect(stdout.trim().split('\n')).toHaveLength(1)
      expect(code).toBe(3)
    },
    seconds,
  )

  it.each([
    [['--kind', 'wishes'], /wishes.*faults, delays, schedules/],
    [['--index', '-1'], /--index must be a whole number/],
    [['--pairs', 'all'], /--pairs must be a whole number/],
    [['--family', 'crushes'], /did you mean "crashes"/],
    [['--token', 'strand2.x', '--seed', '1'], /--seed and --token exclude each other/],
    [['--token', 'no-such-file'], /neither a token .* nor a file/],
  ])(
    'says what is wrong with %j',
    async (words, sentence) => {
      const { code, stderr } = await strandline(['sweep', 'toy', ...words])
      expect(stderr.trim()).toMatch(sentence)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(code).toBe(2)
    },
    seconds,
  )
})
