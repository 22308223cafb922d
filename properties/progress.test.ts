/** What is said while a campaign lasts, where nobody watches a bar. */
import { expect, it } from 'vitest'
import { campaignWords, plainLines, timeLeft } from '../src/cli/progress.ts'

function logged(total: number, updates: readonly (readonly [ms: number, done: number])[]): string[] {
  const lines: string[] = []
  let nowMs = 1_000_000
  const progress = plainLines('toy', total, { now: () => nowMs, note: (line) => lines.push(line) })
  for (const [ms, done] of updates) {
    nowMs = 1_000_000 + ms
    progress.update(done, () => `${done} scenarios`)
  }
  progress.stop()
  return lines
}

it('nothing, when it is over within half a minute', () => {
  expect(
    logged(100, [
      [10, 1],
      [15_000, 50],
      [29_999, 100],
    ]),
  ).toEqual([])
})

it('a line every half a minute, however often it is told', () => {
  const everySecond = Array.from({ length: 100 }, (_, at) => [1_000 * (at + 1), at + 1] as const)
  expect(logged(200, everySecond)).toEqual([
    'toy: 15 %, 30 scenarios, 3 min left',
    'toy: 30 %, 60 scenarios, 3 min left',
    'toy: 45 %, 90 scenarios, 2 min left',
  ])
})

it('words are only made when they are shown', () => {
  let made = 0
  const progress = plainLines('toy', 10, { now: () => 0, note: () => undefined })
  progress.update(1, () => `${++made}`)
  expect(made).toBe(0)
})

it('the time left, in what a person can use', () => {
  expect(timeLeft(0, 100, 5_000)).toBe('')
  expect(timeLeft(100, 100, 5_000)).toBe('')
  expect(timeLeft(50, 100, 5_000)).toBe('5 s left')
  expect(timeLeft(1, 100, 5_000)).toBe('9 min left')
  expect(timeLeft(1, 1_000, 10_000)).toBe('2 h 47 min left')
})

it('the rate, and what was found', () => {
  expect(campaignWords({ scenarios: 1_200, strands: 0, violations: 0 }, 2)).toBe(
    '1,200 scenarios, 600/s, nothing found',
  )
  expect(campaignWords({ scenarios: 1, strands: 1, violations: 2 }, 0)).toBe('1 scenario, 1 strand, 2 violations')
})
