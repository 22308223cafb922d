// Replay on the command line: step by step as recorded, where it left the way after an edit, and runs with a given order.

import { beforeAll, describe, expect, test } from 'vitest'
import { decodeToken, encodeToken } from '../src/explore/index.ts'
import { strandline } from './support/cli.ts'

let token = ''

beforeAll(async () => {
  const { stdout } = await strandline(['hunt', 'canary', '--defect', 'stale-snapshot', '--seed', '1', '--json'])
  token = JSON.parse(stdout).failures[0].token
}, 60_000)

/** The same failure, as if the code had been edited since the token was made. */
function edited(change: (steps: readonly string[]) => readonly string[]): string {
  const decoded = decodeToken(token)
  const steps = change(decoded.expected.steps)
  return encodeToken({ ...decoded, expected: { ...decoded.expected, steps } })
}

describe('a replay', () => {
  test('takes every step as recorded, and --strict agrees', async () => {
    const plain = await strandline(['replay', token])
    expect(plain.code).toBe(1)
    expect(plain.stdout).toMatch(/^still fails: canary with stale-snapshot breaks COPY, step by step as recorded\n/)
    expect((await strandline(['replay', token, '--strict'])).code).toBe(1)
  })

  test('says at which step it took another way, and what was expected there', async () => {
    const { steps } = decodeToken(token).expected
    const other = edited((all) => all.with(3, 'c0.gone'))
    const { code, stdout } = await strandline(['replay', other])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^still fails: canary with stale-snapshot breaks COPY\n/)
    expect(stdout).toContain(`it took another way at step 4 of ${steps.length} (`)
    expect(stdout).toContain(`: c0.gone was expected, but ${steps[3]}`)
    expect((await strandline(['replay', other, '--strict'])).code).toBe(3)
    const { divergence, sought } = JSON.parse((await strandline(['replay', other, '--json'])).stdout)
    expect(divergence).toMatchObject({ at: 4, of: steps.length, expected: 'c0.gone' })
    expect(sought).toBe('COPY')
  })

  test('names a step that was expected and never came', async () => {
    const { stdout } = await strandline(['replay', edited((all) => [...all, ...Array(500).fill('c0.more')])])
    expect(stdout).toMatch(/c0\.more(#\d+)? was expected, but (the run had ended|\S+ came)/)
  })

  test('of a mended mistake exits with 0', async () => {
    const mended = encodeToken({ ...decodeToken(token), defect: undefined })
    const { code, stdout } = await strandline(['replay', mended])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^no longer fails: canary came to rest/)
  })

  test('lists the steps by the names that orders take', async () => {
    const { stdout } = await strandline(['replay', token, '--steps'])
    for (const name of new Set(decodeToken(token).expected.steps)) expect(stdout).toContain(` ${name}`)
  })
})

describe('--before', () => {
  const order = 'publish<keep'

  test('finds runs of a campaign that keep the order and fail', async () => {
    const words = ['replay', '--before', order, '--subject', 'canary', '--defect', 'stale-snapshot']
    const { code, stdout, stderr } = await strandline([...words, '--seed', '1', '--scenarios', '200', '--json'])
    expect(stderr).toMatch(
      /^looking for publish before keep: canary with stale-snapshot, family stale-snapshot, seed 1/,
    )
    const { orders, runs, kept, failed, interval, failures } = JSON.parse(stdout)
    expect(code).toBe(failed > 0 ? 1 : 0)
    expect({ orders, runs }).toEqual({ orders: [order], runs: 200 })
    expect(kept).toBeGreaterThan(10)
    expect(failed).toBeGreaterThan(0)
    expect(interval.low).toBeLessThan((failed / kept) * 1000)
    expect(decodeToken(failures[0].token).defect).toBe('stale-snapshot')
  })

  test('and of the scenario of a token', async () => {
    const { code, stdout } = await strandline(['replay', token, '--before', order, '--scenarios', '60'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/\nfound: \d+ of 60 runs kept the orders, and \d+ of these failed \(/)
  })

  test('names what no step is called', async () => {
    const { code, stdout } = await strandline(['replay', token, '--before', 'publsh<keep', '--scenarios', '40'])
    expect(code).toBe(2)
    expect(stdout).toContain('40 runs, and none kept these orders')
    expect(stdout).toMatch(/no step was "publsh"; there are .*publish/)
  })

  test.each([
    [['replay', '--before', 'a'], /"a" is not a constraint: write 'a<b'/],
    [['replay'], /give the token that hunt printed, a file that contains one, or orders with --before/],
    [['replay', 'TOKEN', '--defect', 'published'], /leave --defect, --family and --seed out/],
    [['replay', 'TOKEN', '--before', 'a<b', '--seed', '1'], /leave --defect, --family and --seed out/],
    [['replay', 'TOKEN', '--before', 'a<b', '--strict'], /--before looks at many: leave them out/],
  ])('%j is refused in one sentence', async (words, sentence) => {
    const { code, stderr } = await strandline(words.map((word) => (word === 'TOKEN' ? token : word)))
    expect(code).toBe(2)
    expect(stderr).toMatch(sentence)
    expect(stderr.trim().split('\n').length).toBe(1)
  })
})
