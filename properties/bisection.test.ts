// The search for the first bad commit, in any line of commits of which any may be impossible to judge.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bisected, Bisection, type Verdict } from '../src/cli/bisection.ts'
import { seedNumber } from './support/seed.ts'

/** Good up to some commit and bad from there on, some of them unreadable. */
const line = fc
  .record({
    commits: fc.integer({ min: 1, max: 60 }),
    first: fc.nat(60),
    skipped: fc.array(fc.nat(59), { maxLength: 40 }),
  })
  .map(({ commits, first, skipped }) =>
    Array.from({ length: commits }, (_, at): Verdict => {
      if (skipped.includes(at)) return 'skip'
      return at < first ? 'good' : 'bad'
    }),
  )

async function search(verdicts: readonly Verdict[], oldestIsGood: boolean) {
  const asked: number[] = []
  const bisection = new Bisection(verdicts.length, async (commit) => {
    asked.push(commit)
    return verdicts[commit]!
  })
  const bisected = await bisection.search(oldestIsGood)
  expect(new Set(asked).size, 'asked twice').toBe(asked.length)
  expect(bisection.probed).toBe(asked.length)
  return { bisected, asked }
}

/** What somebody who has looked at every commit would say. */
function exhaustively(verdicts: readonly Verdict[], oldestIsGood: boolean): Bisected {
  const newest = verdicts.at(-1)!
  if (newest !== 'bad') return { kind: 'newest', verdict: newest }
  if (oldestIsGood && verdicts[0] !== 'good') return { kind: 'oldest', verdict: verdicts[0]! }
  const first = verdicts.indexOf('bad')
  const good = verdicts.lastIndexOf('good')
  if (good < 0) return { kind: 'always', oldest: first }
  return { kind: 'found', first, unsure: Array.from({ length: first - good - 1 }, (_, nth) => good + 1 + nth) }
}

describe('a bisection', () => {
  test('finds what looking at every commit finds, when a good one is known', async () => {
    const property = fc.asyncProperty(line, async (verdicts) => {
      const { bisected } = await search(verdicts, true)
      expect(bisected).toEqual(exhaustively(verdicts, true))
    })
    await fc.assert(property, { seed: seedNumber, numRuns: 500 })
  })

  test('finds it without a good one, unless what cannot be judged hides all good ones from it', async () => {
    const property = fc.asyncProperty(line, async (verdicts) => {
      const { bisected } = await search(verdicts, false)
      const truth = exhaustively(verdicts, false)
      if (bisected.kind === 'always' && truth.kind === 'found') {
        expect(verdicts[bisected.oldest]).toBe('bad')
        expect(verdicts[0]).toBe('skip')
      } else expect(bisected).toEqual(truth)
    })
    await fc.assert(property, { seed: seedNumber, numRuns: 500 })
  })

  test('asks for no more than twice the logarithm of the commits, where all can be judged', async () => {
    const commits = 1_000
    for (const first of [1, 2, 500, 998, 999]) {
      const verdicts = Array.from({ length: commits }, (_, at): Verdict => (at < first ? 'good' : 'bad'))
      const { bisected, asked } = await search(verdicts, false)
      expect(bisected).toEqual({ kind: 'found', first, unsure: [] })
      expect(asked.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(commits)) + 2)
    }
  })
})
