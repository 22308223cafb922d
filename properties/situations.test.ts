/** The situations that subjects name: each can be reached, and a name that means nothing is noticed. */
import { expect, it } from 'vitest'
import { subjectFaultOf } from '../src/cli/subjectShape.ts'
import { expectedSituations, runCampaign } from '../src/explore/index.ts'
import { subjects } from '../src/subjects/index.ts'
import { seedText } from './support/seed.ts'

/** The rarest comes in one scenario of fifty. */
const SCENARIOS_MAX = 2_000

it.each(['orchestrator', 'toy'])('all that %s is expected to reach is reached', async (name) => {
  const subject = subjects[name]!
  const missing = new Set(expectedSituations(subject, undefined))
  expect(missing.size).toBeGreaterThan(0)
  await runCampaign(subject, {
    ...{ seed: seedText, family: undefined, strategy: undefined, scenarios: SCENARIOS_MAX },
    onRun: (_, { sometimes }) => {
      for (const reached of sometimes) missing.delete(reached)
      return missing.size === 0
    },
  })
  expect([...missing]).toEqual([])
})

it.each(Object.entries(subjects))('%s names families that it has', (_, subject) => {
  expect(subjectFaultOf(subject)).toBeUndefined()
})

it('a family that there is not is noticed, and a list that is none', () => {
  const { toy } = subjects
  const lost = { ...toy, sometimes: [{ name: 'a lease expired', families: ['stormy'] }] }
  expect(subjectFaultOf(lost)).toBe('its situation "a lease expired" names the family "stormy", which it does not have')
  expect(subjectFaultOf({ ...toy, sometimes: {} })).toBe('"sometimes" must be a list and is an object')
  expect(subjectFaultOf({ ...toy, sometimes: [{}] })).toBe('one of its "sometimes" has no name')
})
