/** The doctor on what a subject takes from its surroundings or from the real machine: it must say what. */
import { describe, expect, it } from 'vitest'
import { checks, examine, SCENARIOS } from './support/examination.ts'

describe('says on what of its surroundings a subject depends', () => {
  it.each([
    ['language', 'the language (LANG, LC_ALL)', /text = "[^"]*öl oz[\s\S]*text = "[^"]*oz öl/],
    ['timeZone', 'the time zone (TZ)', /note 1 says 8 [\s\S]*note 1 says 22 /],
    ['environment', 'a variable of the environment', /set off c\d+\.\w+ instead, at \S*environment\.ts:5/],
    ['verdict', 'the time zone (TZ)', /all \d+ steps are alike, the verdicts are not[\s\S]*STRAND: it is -840 minutes/],
  ])('%s', async (fixture, matters, shown) => {
    const { code, failures } = await examine(fixture, { DIARY_SLOW: '1' })
    expect(code).toBe(3)
    expect([...failures.keys()]).toEqual([checks.abroad])
    expect(failures.get(checks.abroad)).toContain(`scenarios went another way: they depend on ${matters}\n`)
    expect(failures.get(checks.abroad)).toMatch(shown)
  })
})

it('shows scenarios that are drawn differently', async () => {
  const { code, failures } = await examine('drawing')
  expect(code).toBe(3)
  const shown = failures.get(checks.again)
  expect(shown).toContain('the scenario itself was drawn differently')
  expect(shown).toMatch(/played here: .*"size":\d+[\s\S]*a second time: .*"size":\d+/)
})

describe('shows what was asked of the real machine, though all runs are alike', () => {
  it.each([
    ['capturedRandom', /Math\.random was called by {2}chosen \(\S*capturedRandom\.ts:7\)/],
    ['reading', /node:fs readFile was called by {2}peek \(\S*reading\.ts:7\)/],
  ])('%s', async (fixture, shown) => {
    const { code, failures } = await examine(fixture)
    expect(code).toBe(3)
    expect([...failures.keys()]).toEqual([checks.machine])
    expect(failures.get(checks.machine)).toContain(`${SCENARIOS} of ${SCENARIOS} scenarios asked the real machine`)
    expect(failures.get(checks.machine)).toMatch(shown)
  })
})
