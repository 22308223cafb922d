/** Reports: what is chosen for a story, what the numbers say, and that columns line up. */
import { stripVTControlCharacters, styleText } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectedSituations, type Failure, type Run, type Told } from '../src/explore/index.ts'
import { commandsOf, constraintsOf } from '../src/report/constraints.ts'
import { discoveryLine, unmetSentence } from '../src/report/coverage.ts'
import { verdictLines } from '../src/report/failure.ts'
import { againstJson, defectsJson, resultJson } from '../src/report/json.ts'
import { plain } from '../src/report/paint.ts'
import { againstLines, ratioOf, verdict } from '../src/report/paired.ts'
import { decimal, rateCells, rateOf } from '../src/report/rate.ts'
import type { Result, Scenario } from '../src/report/result.ts'
import { STORY_LINES_MAX, storyOf } from '../src/report/story.ts'
import { nothingFound, stressLines } from '../src/report/summary.ts'
import { table, wrap } from '../src/report/table.ts'
import { seedNumber } from './support/seed.ts'

fc.configureGlobal({ seed: seedNumber })

function line(ms: number, actor: string, about: string, text: string): Told {
  return { atUs: ms * 1000, actor, about: about === '' ? [] : about.split(' '), text }
}

const wedged: Pick<Failure, 'invariant' | 'kind' | 'about'> = {
  invariant: 'STRAND',
  kind: 'liveness',
  about: ['jobs:1', 'pid:35'],
}

/** Incident 2, as the world tells it. */
const incident: readonly Told[] = [
  line(0, 'server0.0', 'server:0', 'starts as pid 2'),
  line(1, 'database', 'jobs:2', 'job 2 is queued'),
  line(2, 'database', 'jobs:1', 'job 1 is queued'),
  line(3, 'database', 'jobs:1 pid:35', 'job 1 runs as pid 35'),
  line(4, 'server0.0', 'server:0', 'dies'),
  line(5, 'server0.1', 'server:0', 'starts as pid 2'),
  line(6, 'kernel', 'pid:35', 'pid 35 (a stranger) starts'),
  ...[7, 8, 9, 10].map((ms) => line(ms, 'server0.1', 'pid:35', 'asks for pid 35: alive (a stranger)')),
  line(11, 'world', '', 'faults end here'),
  line(12, 'oracle', 'jobs:1 pid:35', 'STRAND is broken: job 1 waits for pid 35'),
  line(12, 'database', 'jobs:1', 'job 1 stays queued'),
  line(13, 'database', 'jobs:1', 'job 1 is reaped'),
]

function told(lines: readonly Told[], ...sometimes: string[]): Pick<Run, 'told' | 'sometimes'> {
  return { told: lines, sometimes: new Set(sometimes) }
}

describe('a story', () => {
  it('keeps what the failure is about, what its neighbours share with it, and the lives of servers', () => {
    const texts = storyOf(told(incident), wedged).lines.map(({ text }) => text)
    expect(texts).toContain('job 1 is queued')
    expect(texts).toContain('dies')
    expect(texts).toContain('pid 35 (a stranger) starts')
    expect(texts).toContain('faults end here')
  })

  it('ends with the failure: what an oracle says comes after its cause, and nothing follows', () => {
    const texts = storyOf(told(incident), wedged).lines.map(({ text }) => text)
    expect(texts.slice(-2)).toEqual(['job 1 stays queued', 'STRAND is broken: job 1 waits for pid 35'])
  })

  it('knows what an oracle means that sees only tables', () => {
    const { lines } = storyOf(told(incident), { ...wedged, about: ['job:2'] })
    expect(lines.map(({ text }) => text)).toContain('job 2 is queued')
  })

  it('says the same thing at most twice', () => {
    const { lines, leftOut } = storyOf(told(incident), wedged)
    expect(lines.filter(({ text }) => text.startsWith('asks')).map(({ atUs }) => atUs)).toEqual([7_000, 10_000])
    expect(leftOut).toBe(incident.length - 1 - lines.length)
  })

  it('leaves unrelated lines out first, and never a fault', () => {
    const noise = Array.from({ length: 50 }, (_, n) => line(3, 'database', `jobs:${n + 9}`, `job ${n + 9} is queued`))
    const fault = line(3, 'server0.0', 'jobs:9', 'exitLost: the notice never comes')
    const run = told([...incident.slice(0, 4), ...noise, fault, ...incident.slice(4)], 'fault exitLost')
    const { lines } = storyOf(run, wedged)
    expect(lines.length).toBeLessThanOrEqual(STORY_LINES_MAX)
    expect(lines).toContain(fault)
    expect(lines.filter((one) => noise.includes(one))).toEqual([])
  })

  it('fills up with what else happened when there is little to say', () => {
    const alone = [
      line(0, 'server0.0', 'server:0', 'starts'),
      line(9, 'oracle', 'jobs:1', 'STRAND is broken: so it is'),
    ]
    const others = [1, 2, 3].map((ms) => line(ms, 'database', 'jobs:2', `job 2, part ${ms}`))
    expect(storyOf(told([alone[0]!, ...others, alone[1]!]), wedged).lines).toHaveLength(5)
  })

  it('is never too long, keeps the order, and keeps the first and the last line that matter', () => {
    const about = fc.constantFrom('', 'jobs:1', 'jobs:2', 'pid:35', 'server:0', 'jobs:2 pid:35')
    const actor = fc.constantFrom('database', 'server0.0', 'kernel', 'world')
    const lines = fc.array(fc.tuple(fc.nat(9), actor, about, fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 80 })
    fc.assert(
      fc.property(lines, (drawn) => {
        let ms = 0
        const all = drawn.map(([step, who, what, text]) => {
          ms += step
          return line(ms, who, what, text)
        })
        const end = line(ms, 'oracle', 'jobs:1', 'STRAND is broken: so it is')
        const story = storyOf(told([...all, end]), wedged)
        expect(story.lines.length).toBeLessThanOrEqual(STORY_LINES_MAX)
        expect(story.lines.at(-1)).toBe(end)
        expect(story.lines.length + story.leftOut).toBe(all.length + 1)
        const times = story.lines.map(({ atUs }) => atUs)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        const first = all.find((one) => one.about.includes('jobs:1'))
        if (all.indexOf(first!) === 0) expect(story.lines[0]).toBe(first)
      }),
    )
  })
})

describe('the verdict on a failure', () => {
  const failure: Failure = { ...wedged, reason: 'job 1 waits for pid 35', atUs: 12_000, step: 9 }
  const unhandled: Failure = { ...failure, invariant: 'UNHANDLED', kind: 'safety', reason: 'boom\n    at here:1' }
  const run = { failures: [failure, unhandled] } as unknown as Run

  it('ends with the name of the invariant, what it says, and the reason', () => {
    const invariants = [{ name: 'ORCH-13', story: 'the job of a dead run leaves running' }]
    expect(verdictLines(run, failure, invariants, plain)).toEqual([
      '  broken   STRAND: work is neither finished nor able to finish any more',
      '  because  job 1 waits for pid 35',
      '  also     UNHANDLED',
    ])
  })

  it('shows where an error came from', () => {
    expect(verdictLines(run, unhandled, [], plain)).toContain('           at here:1')
  })
})

describe('constraints', () => {
  const scenario = {
    family: 'any',
    settings: {},
    commands: [
      { id: 'c0', at: { progress: 0.5 }, do: { kind: 'submit', repo: 'a', child: false } },
      { id: 'c1', at: { ms: 250 }, do: { kind: 'crash', server: 0 } },
    ],
    profile: { horizon: 200 },
  } as unknown as Scenario
  const choices = new Map([
    ['c0/arrival/delay', 1_234_000],
    ['c0/request/stamp/delay', 3_200_000],
    ['c0/request/reply#2/delay', -20],
    ['c0/request/stamp/crash', 1],
    ['c0/request/stamp/busy@2', 1],
    ['c0/request/spawn/spawnStall', 4_000],
  ])

  it('are sentences', () => {
    expect(constraintsOf(choices)).toEqual([
      'c0/request/stamp happens 3200 ms later than usual',
      'c0/request/reply#2 happens 0.02 ms earlier than usual',
      'crash strikes at c0/request/stamp',
      'busy strikes at statement 3 of c0/request/stamp',
      'spawnStall strikes at c0/request/spawn, by 4000 ms',
    ])
  })

  it('are orders where these explain the failure, and no longer delays', () => {
    const explanation = { orders: [{ before: 'c0/request', after: 'c1/crash' }], kept: 9, failed: 9, runs: 9 }
    expect(constraintsOf(choices, explanation)).toEqual([
      'crash strikes at c0/request/stamp',
      'busy strikes at statement 3 of c0/request/stamp',
      'spawnStall strikes at c0/request/spawn, by 4000 ms',
      'c0/request before c1/crash',
    ])
  })

  it('stand beside the commands and when they arrive', () => {
    expect(commandsOf(scenario, choices)).toEqual([
      'c0 at 1234 ms: submit, repo a, child false',
      'c1 at 250 ms: crash, server 0',
    ])
  })
})

const counts = { scenarios: 1_000, strands: 20, violations: 0 }
const result: Result = {
  command: 'stress',
  subject: 'orchestrator',
  defect: undefined,
  family: undefined,
  strategy: undefined,
  seed: '1',
  asked: 1_000,
  shard: undefined,
  ...counts,
  strategies: [{ name: 'pct', ...counts }],
  families: [
    { name: 'legacy', scenarios: 400, strands: 0, violations: 0 },
    { name: 'reuse', scenarios: 600, strands: 20, violations: 0 },
  ],
  sometimes: [
    { name: 'fault crash', hits: 500 },
    { name: 'a lease expired', hits: 2 },
  ],
  neverReached: ['fault exitLost', 'a launch fails'],
  discovery: {
    curve: [
      { scenarios: 500, newBehaviours: 90 },
      { scenarios: 500, newBehaviours: 3 },
    ],
    isCapped: false,
    within: 'campaign',
  },
  broken: [{ name: 'STRAND', hits: 20 }],
  failures: [],
  seconds: 2,
}

describe('numbers', () => {
  it('never come without their exact interval', () => {
    const { perThousand, low, high, confidence } = rateOf(20, 1_000)
    expect([perThousand, confidence]).toEqual([20, 0.95])
    expect(low).toBeCloseTo(12.26, 2)
    expect(high).toBeCloseTo(30.72, 2)
    expect(rateCells(0, 100_000)).toEqual(['0', '[0, 0.037]'])
    expect(rateCells(0, 0)).toEqual(['–', ''])
  })

  it('show three digits that matter', () => {
    expect([0, 0.036_9, 0.5, 4.612, 46.12, 461.2, 1_000].map(decimal)).toEqual([
      '0',
      '0.037',
      '0.5',
      '4.61',
      '46.1',
      '461',
      '1000',
    ])
  })

  it('become no ratio where it would divide by none', () => {
    const other = { ...result, strands: 5, violations: 3 }
    expect(ratioOf(result, other, 'strands')).toBe(4)
    expect(ratioOf(other, result, 'violations')).toBeUndefined()
    const none = { scenarios: 1_000, onlyFirst: 0, onlySecond: 0 }
    const paired = { strands: none, violations: none, failures: none }
    expect(againstJson(result, other, paired).ratio).toEqual({ strands: 0.25, violations: null })
  })

  it('say what a hunt that found nothing may claim', () => {
    const lines = nothingFound({ ...result, strands: 0 }, plain)
    expect(lines).toContain('  with 95 % confidence fewer than 3.68 in a thousand such scenarios fail')
    expect(lines).toContain('  faults that struck: crash 50%')
    expect(lines).toContain('  situations reached: a lease expired 0.2%')
    const nothing = { sometimes: [], neverReached: [], discovery: { ...result.discovery, curve: [] } }
    const none = nothingFound({ ...result, ...nothing, scenarios: 0, seconds: 0 }, plain)
    expect(none).toHaveLength(2)
    expect(none[1]).toBe('  stopped early: 0 of 1,000 scenarios were played')
  })

  it('come in the shape that machines were promised', () => {
    expect(resultJson(result)).toEqual({
      command: 'stress',
      subject: 'orchestrator',
      defect: null,
      family: 'all',
      strategy: 'all',
      seed: '1',
      asked: 1_000,
      shard: null,
      ...counts,
      strandsPerThousand: 20,
      interval: { low: expect.closeTo(12.26, 2), high: expect.closeTo(30.72, 2), confidence: 0.95 },
      violationsPerThousand: 0,
      violationsInterval: { low: 0, high: expect.closeTo(3.68, 2), confidence: 0.95 },
      strategies: [expect.objectContaining({ name: 'pct', scenarios: 1_000, strandsPerThousand: 20 })],
      families: [
        expect.objectContaining({ name: 'legacy', scenarios: 400, strands: 0, interval: expect.anything() }),
        expect.objectContaining({ name: 'reuse', scenarios: 600, strands: 20, interval: expect.anything() }),
      ],
      failures: [],
      broken: [{ name: 'STRAND', hits: 20 }],
      sometimes: result.sometimes,
      neverReached: ['fault exitLost', 'a launch fails'],
      discovery: result.discovery.curve,
      discoveryWithin: 'campaign',
      discoveryCapped: false,
      seconds: 2,
      scenariosPerSecond: 500,
    })
    expect(defectsJson([])).toEqual({ defects: [] })
  })

  it('stand in a table for people', () => {
    expect(stressLines(result, plain)).toEqual([
      'orchestrator, per thousand scenarios (2.0 s, 500 scenarios/s)',
      '                                        scenarios  strands  95 % interval  violations  95 % interval',
      '  pooled over strategy pct, 2 families      1,000       20  [12.3, 30.7]            0  [0, 3.68]',
      '  family legacy                               400        0  [0, 9.18]               0  [0, 9.18]',
      '  family reuse                                600     33.3  [20.5, 51]              0  [0, 6.13]',
      '',
      '  broken  scenarios in a thousand  95 % interval',
      '  STRAND                       20  [12.3, 30.7]',
      '',
      '  never reached: fault exitLost, a launch fails',
      '  new behaviours per thousand scenarios: 180 at first, 6 at last █▂ too few scenarios to say whether it flattens',
    ])
  })

  it('are called pooled only where they are', () => {
    const one = { ...result, family: 'reuse', families: [{ name: 'reuse', ...counts }] }
    expect(stressLines(one, plain)[2]).toMatch(/^ {2}strategy pct, family reuse +1,000 /)
    expect(stressLines(one, plain).filter((text) => text.includes('family reuse'))).toHaveLength(1)
  })
})

describe('two variants', () => {
  const names = ['sound', 'broken'] as const
  const say = (scenarios: number, onlyFirst: number, onlySecond: number) =>
    verdict({ scenarios, onlyFirst, onlySecond }, names)

  it('are told apart, or it is said what that would take, or how little there can be to tell', () => {
    expect(say(2_000, 0, 38)).toBe('more often in broken, which is no accident')
    expect(say(2_000, 40, 9)).toBe('more often in sound, which is no accident')
    expect(say(2_000, 0, 5)).toBe(
      'no difference shown; if scenarios go on like this, 1,161 more would show one (80 % power)',
    )
    expect(say(2_000, 0, 0)).toBe(
      'no scenario tells the two apart; with 95 % confidence fewer than 1.84 in a thousand do',
    )
    expect(say(2_000, 3, 3)).toMatch(
      /^some tell the two apart, as many here as there; .* fewer than 6.52 in a thousand do$/,
    )
    expect(say(1_000_000, 400_000, 400_001)).toMatch(/^no difference shown, nor by a thousand million scenarios/)
    expect(say(0, 0, 0)).toBe('nothing was compared')
  })

  it('stand side by side, with what only one of them does', () => {
    const paired = {
      strands: { scenarios: 1_000, onlyFirst: 0, onlySecond: 0 },
      violations: { scenarios: 1_000, onlyFirst: 1, onlySecond: 2_400 },
      failures: { scenarios: 1_000, onlyFirst: 2, onlySecond: 1 },
    }
    const other = { ...result, defect: 'published', violations: 7 }
    const lines = againstLines(result, other, paired, plain)
    expect(lines.slice(6, 10)).toEqual([
      '  in how many scenarios  only orchestrator  only orchestrator with published   p-value',
      '  strands                                0                                 0         1',
      '  violations                             1                             2,400  < 0.0001',
      '  failures                               2                                 1         1',
    ])
    expect(againstJson(result, other, paired).test).toEqual({
      scenarios: 1_000,
      strands: { onlyFirst: 0, onlySecond: 0, pValue: 1, moreScenarios: null },
      violations: { onlyFirst: 1, onlySecond: 2_400, pValue: 0, moreScenarios: 0 },
      failures: { onlyFirst: 2, onlySecond: 1, pValue: 1, moreScenarios: expect.any(Number) },
    })
  })
})

describe('what a campaign never reached', () => {
  it('is a sentence when it must be reached, and none when all was', () => {
    expect(unmetSentence(result)).toBe(
      '--require-sometimes: 2 situations were never reached (fault exitLost, a launch fails): play more scenarios, or other families',
    )
    expect(unmetSentence({ neverReached: ['fault full'] })).toContain('a situation was never reached (fault full)')
    expect(unmetSentence({ neverReached: [] })).toBeUndefined()
  })

  it('is expected by family: its faults, and the situations that can be reached there', () => {
    const families = { calm: { faults: ['stall'] }, rough: { faults: ['crash', 'stall'] } }
    const sometimes = [{ name: 'a lease expires' }, { name: 'a server returns', families: ['rough'] }]
    const subject = { families, sometimes } as unknown as Parameters<typeof expectedSituations>[0]
    expect(expectedSituations(subject, 'calm')).toEqual(['fault stall', 'a lease expires'])
    const all = ['fault stall', 'fault crash', 'a lease expires', 'a server returns']
    expect(expectedSituations(subject, undefined)).toEqual(all)
    expect(expectedSituations({ families: subject.families }, 'rough')).toEqual(['fault crash', 'fault stall'])
  })

  it('belongs to a curve that says where it comes from and where it ends', () => {
    const { curve } = result.discovery
    expect(discoveryLine({ curve, isCapped: true, within: 'campaign' })).toMatch(
      /█▂ more than are kept, so the curve ends here$/,
    )
    expect(discoveryLine({ curve, isCapped: false, within: 'shard' })).toContain('(new to their shard)')
  })
})

describe('columns', () => {
  it('line up, painted or not', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 9 })
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1 })
    fc.assert(
      fc.property(rows, fc.boolean(), (drawn, isPainted) => {
        const force = { validateStream: false }
        const paint = (text: string) => (isPainted ? styleText('red', text, force) : text)
        const painted = drawn.map(([a, b, c]) => [paint(`${a}|`), paint(`|${b}`), `${c}.`])
        const lines = table(painted, ['left', 'right']).map((text) => stripVTControlCharacters(text))
        const seconds = lines.map((text) => text.lastIndexOf('.') - text.length)
        expect(new Set(seconds)).toEqual(new Set([-1]))
        const width = Math.max(...drawn.map(([a]) => a.length)) + 1
        for (const [at, text] of lines.entries())
          expect(text.slice(0, width).trimEnd()).toBe(`${drawn[at]![0]}|`.trimEnd())
      }),
    )
  })

  it('wrap between words and lose none', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 12 }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 40 }), (drawn, width) => {
        const lines = wrap(drawn.join(' '), width)
        expect(lines.join(' ')).toBe(drawn.join(' '))
        for (const text of lines) expect(text.length).toBeLessThanOrEqual(width)
      }),
    )
  })
})
