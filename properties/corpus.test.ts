/** Failures that were found once stay found: each token still breaks its defect, and the orchestrator as it is stands it. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeToken, recordSource, type Subject, simulate } from '../src/explore/index.ts'
import { subjects } from '../src/subjects/index.ts'

interface Entry {
  readonly found: string
  readonly breaks: string
  readonly token: string
}

const folder = new URL('./corpus/', import.meta.url)
const entries = readdirSync(folder)
  .toSorted()
  .map((file) => [file, JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Entry] as const)

describe.each(entries)('%s', (_, { breaks, token, found }) => {
  const { subject: name, defect, scenario, choices } = decodeToken(token)
  const subject = subjects[name] as Subject<unknown>

  test(`still finds it: ${found}`, async () => {
    const mutant = subject.defects![defect!]!.mutant
    const run = await simulate(mutant, scenario, { choices: recordSource(choices) })
    expect(run.failures.map(({ invariant }) => invariant)).toContain(breaks)
  })

  test('the system as it is stands it', async () => {
    const run = await simulate(subject, scenario, { choices: recordSource(choices) })
    expect(run.failures).toEqual([])
  })
})
