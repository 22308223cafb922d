/** The doctor on what a subject keeps between runs: it must see it and say where. */
import { describe, expect, it } from 'vitest'
import { checks, examine, SCENARIOS } from './support/examination.ts'

it('finds nothing in a subject that depends on the run alone, and sees the explorer find what it should', async () => {
  const { code, stdout, failures } = await examine('calm')
  expect(code).toBe(0)
  expect(failures.size).toBe(0)
  expect(stdout).toMatch(/ok {4}the explorer finds what it should +\d+ kinds of mistake/)
  expect(stdout).toMatch(/\n +depth-1 +[\d,]+\n/)
  expect(stdout).toMatch(/\nall is well: what calm does depends on the seed alone\n$/)
})

describe('shows both sides of the first step that differs', () => {
  it('a count that is kept outside the run', async () => {
    const { code, failures } = await examine('counter')
    expect(code).toBe(3)
    expect([...failures.keys()]).toEqual([checks.again, checks.order])
    const shown = failures.get(checks.again)
    expect(shown).toContain(`${SCENARIOS} of ${SCENARIOS} scenarios went another way`)
    expect(shown).toMatch(/scenario 0: step \d+ is the first that differs/)
    expect(shown).toMatch(/played here: c\d+\.timer at [\d.]+ s[\s\S]*a second time: /)
    expect(shown).toMatch(/issued at {2}\S*counter\.ts:\d+\n +rest \(\S*counter\.ts:\d+\)/)
    expect(failures.get(checks.order)).toContain('at the same place in the code as above')
  })

  it('randomness from another realm, past the guard', async () => {
    const { code, failures } = await examine('foreignRandom')
    expect(code).toBe(3)
    const everywhere = [checks.again, checks.order, checks.thread, checks.process, checks.abroad]
    expect([...failures.keys()]).toEqual(expect.arrayContaining(everywhere))
    expect(failures.get(checks.again)).toMatch(/issued at {2}\S*foreignRandom\.ts:8/)
  })

  it('a real timer that was left over', async () => {
    const { code, failures } = await examine('leftTimer')
    expect(code).toBe(3)
    expect(failures.get(checks.again)).toMatch(/issued at {2}\S*leftTimer\.ts:8/)
  })

  it('a real callback that nobody waited for', async () => {
    const { code, failures } = await examine('leftReading')
    expect(code).toBe(3)
    const shown = failures.get(checks.again)
    expect(shown).toMatch(/played here: [\s\S]*text = "not ready"[\s\S]*a second time: [\s\S]*text = "\S+ \S+/)
  })
})
