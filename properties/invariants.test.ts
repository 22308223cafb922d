// The orchestrator as it is, under all that its families bring: one property per invariant and one for all of them, over
// random seeds and families. STRANDLINE_SEED moves them elsewhere, STRANDLINE_SCENARIOS says how far they go.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeToken, portfolio, recordSource, simulate } from '../src/explore/index.ts'
import { faultNames } from '../src/sim/index.ts'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'
import { Runs } from './support/scenarioProperty.ts'
import { seedNumber, seedText } from './support/seed.ts'

const SCENARIOS_USUAL = 400
const SCENARIOS = Number(process.env.STRANDLINE_SCENARIOS ?? SCENARIOS_USUAL)
if (!Number.isSafeInteger(SCENARIOS) || SCENARIOS < 1)
  throw new Error('STRANDLINE_SCENARIOS must be a whole number from 1')
const parameters = { seed: seedNumber, numRuns: SCENARIOS, endOnFailure: true }

/** What the explorer itself looks for, in every subject. */
const builtIn = ['STALE', 'STALE-PID', 'STRAND', 'REST', 'AMBIENT', 'UNHANDLED']
const published = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15].map((n) => `ORCH-${n}`)
const ours = ['LEASE', 'CANCEL', 'SINGLE', 'HEALED', 'ORPHAN', 'WINDOW']

const weighted = Object.entries(orchestrator.families).flatMap(
  ([name, { weight }]) => Array(weight).fill(name) as string[],
)
const runs = new Runs(orchestrator, weighted)

console.info(`STRANDLINE_SEED=${seedText} STRANDLINE_SCENARIOS=${SCENARIOS}`)

describe('the orchestrator as it is', () => {
  const { invariants } = orchestrator
  const storyOf = new Map(invariants.map(({ name, story }) => [name, story]))
  const names = [...new Set([...published, ...ours, ...storyOf.keys(), ...builtIn])]

  test('has every invariant that was published, and ours', () => {
    for (const name of [...published, ...ours]) expect([...storyOf.keys()]).toContain(name)
    expect(storyOf.size).toBe(invariants.length)
  })

  test.each(names.map((name) => [name, storyOf.get(name) ?? 'an invariant of every subject']))('%s holds: %s', (name) =>
    fc.assert(
      runs.property((invariant) => invariant === name),
      parameters,
    ),
  )

  test('all of them hold, and whatever else may fail does not', async () => {
    await fc.assert(
      runs.property(() => true),
      parameters,
    )
    // Every property was about these runs and no others.
    expect(runs.played.size).toBe(SCENARIOS)
  })

  test.skipIf(SCENARIOS < SCENARIOS_USUAL)('was struck by every fault meanwhile', () => {
    const reached = new Set([...runs.played.values()].flatMap(({ sometimes }) => [...sometimes]))
    expect(faultNames.filter((name) => !reached.has(`fault ${name}`))).toEqual([])
  })
})

describe('a property that fails', () => {
  const { mutant, family, breaks } = orchestrator.defects['restart-keeps-pid']!
  const broken = new Runs(mutant, [family], 'restart-keeps-pid')
  const [invariant] = breaks

  test('says the invariant, the seed, the token and the commands that show it again', async () => {
    const found = await fc.check(
      broken.property((name) => name === invariant),
      { ...parameters, numRuns: 400 },
    )
    const { message } = found.errorInstance as Error
    const { seed } = found.counterexample![0]
    expect(message).toContain(`${invariant} is broken: `)
    const commands = `npm run -s hunt -- orchestrator --seed ${seed} --family ${family} --scenarios ${portfolio.length} --defect restart-keeps-pid`
    expect(message).toContain(`seed ${seed}, family ${family}`)
    expect(message).toContain(commands)
    const token = decodeToken(/npm run -s replay -- (\S+)/.exec(message)![1]!)
    expect(token).toMatchObject({ subject: 'orchestrator', defect: 'restart-keeps-pid' })
    const run = await simulate(mutant, token.scenario as never, { choices: recordSource(token.choices) })
    expect(run.failures.map((failure) => failure.invariant)).toContain(invariant)
  })

  test('fails for the invariant that is asked for, not for its neighbours', async () => {
    await fc.assert(
      broken.property((name) => name === 'ORCH-15'),
      { ...parameters, numRuns: 20 },
    )
  })
})
