// How two recordings of one scenario are told apart, and what of a stack is shown.

import { describe, expect, it } from 'vitest'
import { findsCanaries } from '../src/cli/canaries.ts'
import { ambientLines, divergenceOf } from '../src/cli/divergence.ts'
import { framesOf } from '../src/cli/frames.ts'
import type { RecordedStep, Recording } from '../src/cli/recording.ts'

const plain = (_: unknown, text: string) => text

function step(index: number, more: Partial<RecordedStep> = {}): RecordedStep {
  const name = `c${index}.take`
  const path = `c${index}/take`
  return { index, atUs: index * 1_000, name, path, cause: 0, hash: index, committed: [], frames: [], ...more }
}

function recording(steps: readonly RecordedStep[], more: Partial<Recording> = {}): Recording {
  return { scenario: '{"commands":[]}', steps, told: [], broken: [], ambient: undefined, ...more }
}

function divergence(one: Recording, other: Recording) {
  const sides = [
    { name: 'here', recording: one },
    { name: 'there', recording: other },
  ] as const
  return divergenceOf(sides, plain)
}

const long = recording([step(1), step(2), step(3)])

describe('two recordings', () => {
  it('that are alike have no divergence', () => {
    expect(divergence(long, recording([step(1), step(2), step(3)]))).toBeUndefined()
  })

  it('of which one ends earlier part after its last step', () => {
    const { sentence, lines } = divergence(long, recording([step(1), step(2)]))!
    expect(sentence).toBe('step 3 is the first that differs')
    expect(lines).toContain('here: c3.take at 0.003000 s (trace 3)')
    expect(lines).toContain('  elsewhere  does not happen')
    expect(lines).toContain('there: the run ended after step 2')
  })

  it.each([
    ['their data', { hash: 77 }],
    ['their time', { atUs: 77 }],
    ['their operation', { path: 'c2/give', name: 'c2.give' }],
  ])('may differ in %s', (_, change) => {
    const { sentence } = divergence(long, recording([step(1), step(2, change), step(3)]))!
    expect(sentence).toBe('step 2 is the first that differs')
  })

  it('show what the same cause set off instead', () => {
    const one = recording([step(1), step(2, { cause: 1 })])
    const given = step(2, { cause: 1, path: 'c1/give', name: 'c1.give', frames: ['give (a.ts:7)'] })
    const { lines } = divergence(one, recording([step(1), given]))!
    expect(lines).toContain('  elsewhere  does not happen: step 1 set off c1.give instead, at give (a.ts:7)')
  })

  it('show what was called of the real machine on either side', () => {
    const ambient = { what: 'Math.random', frames: ['choose (a.ts:3)'] }
    const { lines } = divergence(long, recording([step(1)], { ambient }))!
    expect(lines).toContain('  Math.random was called by  choose (a.ts:3)')
    expect(ambientLines({ what: 'Date.now()', frames: [] })).toEqual([
      'Date.now() was called by  code that left no trace',
    ])
  })

  it('may differ in their verdict alone, or in their scenario from the start', () => {
    const broken = divergence(long, recording(long.steps, { broken: ['LOST: note 1 is lost'] }))!
    expect(broken.sentence).toBe('all 3 steps are alike, the verdicts are not')
    expect(broken.lines).toEqual(['here: nothing is broken', 'there: LOST: note 1 is lost'])
    const drawn = divergence(long, recording(long.steps, { scenario: '{"commands":[1]}' }))!
    expect(drawn.sentence).toBe('the scenario itself was drawn differently')
    expect(drawn.lines).toEqual(['here: …{"commands":[]}…', 'there: …{"commands":[1]}…'])
  })
})

describe('the frames of a stack', () => {
  const inRepository = (path: string) => new URL(`../${path}`, import.meta.url)

  it('are those of the system, without what only carried the call', () => {
    const stack = [
      'Error: c0.take',
      `    at Loop.issue (${inRepository('src/sim/loop.ts').href}:90:7)`,
      `    at new Promise (<anonymous>)`,
      `    at Scheduler.claim (${inRepository('src/system/scheduler.ts').href}:12:3)`,
      `    at async Promise.all (index 0)`,
      `    at async work (${inRepository('docs/examples/outbox.ts').href}:44:5)`,
      `    at async ${inRepository('docs/examples/outbox.ts').pathname}:50:1`,
      `    at call (${inRepository('node_modules/somebody/index.js').pathname}:1:1)`,
      '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
    ].join('\n')
    expect(framesOf(stack)).toEqual([
      expect.stringMatching(/^Scheduler\.claim \(\S*src\/system\/scheduler\.ts:12\)$/),
      expect.stringMatching(/^work \(\S*docs\/examples\/outbox\.ts:44\)$/),
      expect.stringMatching(/^\S*docs\/examples\/outbox\.ts:50$/),
    ])
  })

  it('are none where there is no stack', () => {
    expect(framesOf(undefined)).toEqual([])
  })
})

it('an explorer that misses a mistake of the canary is found out', async () => {
  await expect(findsCanaries(1)).rejects.toThrow(/^not in 1 scenarios: .*depth-4/)
})
