// Incident 1, the reuse of a run id: its published tests as scenarios, under every mount profile and every way of removing
// a directory; on the orchestrator as it is, and on the published state.

import { describe, expect, test } from 'vitest'
import { mountProfiles } from '../src/sim/index.ts'
import type { OrchestratorCommand } from '../src/subjects/orchestrator/command.ts'
import { nothingFixed, publishedRuns } from '../src/subjects/orchestrator/defects/publishedRuns.ts'
import { migration } from '../src/subjects/orchestrator/migration.ts'
import { runIds } from '../src/subjects/orchestrator/runIds.ts'
import { orchestratorSubject } from '../src/subjects/orchestrator/subject.ts'
import { about, flake, play, submit } from './support/incident1/flake.ts'

/** Judged by the whole list, and not by what it comes to alone. */
const published = orchestratorSubject({
  ...publishedRuns(nothingFixed),
  name: 'published-runs',
  invariants: [...runIds, ...migration],
})
const removals = ['sequential', 'promises', 'sync26', 'coreutils'] as const

type Played = Awaited<ReturnType<typeof play>>
const brokenIn = ({ failures }: Played) => failures.map(({ invariant }) => invariant)
/** When the story says so, in seconds; undefined: never. */
const secondOf = ({ told }: Played, text: RegExp) => {
  const found = told.find((line) => text.test(line.text))
  return found === undefined ? undefined : found.atUs / 1e6
}

describe('the orchestrator as it is', () => {
  test('a run that crashes fast has failed within 30 s', async () => {
    const run = await play([submit('crash', 0, { ms: 200, codes: [1] })])
    expect(brokenIn(run)).toEqual([])
    expect(secondOf(run, /^job 1: running → failed/)).toBeLessThan(30)
  })

  describe.each(mountProfiles)('with its directories as %s', (mounts) => {
    test.each(removals)(
      'and removed as %s, a hang runs within 15 s of its creation and ends as cancelled within 30 s of its stop, after an exit of 0 and of 1',
      async (removal) => {
        for (const code of [0, 1]) {
          const run = await play(flake(code), { mounts, removal })
          expect(brokenIn(run)).toEqual([])
          expect(secondOf(run, /^job 2 stays running, run 2/)).toBeLessThan(8 + 15)
          expect(secondOf(run, /^job 2: running → cancelled/)).toBeLessThan(20 + 30)
          expect(secondOf(run, /^job 2: running → cancelled.*exit_code=137/)).toBeDefined()
        }
      },
    )
  })

  test('a page that stays connected keeps the container for 300 s, and no longer', async () => {
    const run = await play([submit('first', 0, { ms: 3_000 }), about('page', 2_500, 'connect', 'first')])
    const ended = secondOf(run, /^job 1: running → done/)!
    const removed = secondOf(run, /^container .* is removed/)!
    expect(brokenIn(run)).toEqual([])
    expect(removed - ended).toBeGreaterThanOrEqual(300)
    expect(removed - ended).toBeLessThan(302)
  })

  test('when the page disconnects, the container goes at once', async () => {
    const run = await play([
      submit('first', 0, { ms: 3_000 }),
      about('page', 2_500, 'connect', 'first'),
      about('left', 10_000, 'disconnect', 'first'),
    ])
    expect(brokenIn(run)).toEqual([])
    expect(secondOf(run, /^container .* is removed/)).toBeLessThan(11)
  })

  test('a relaunch goes on with the session and the files of the run before', async () => {
    const run = await play([submit('first', 0, { ms: 1_000 }), about('again', 10_000, 'relaunch', 'first')])
    expect(brokenIn(run)).toEqual([])
    expect(secondOf(run, /^job 2: running → done/)).toBeDefined()
  })

  test('a server that dies and comes back adopts what hangs, and what has ended meanwhile', async () => {
    const run = await play([
      submit('ends', 0, { ms: 3_000, codes: [1] }),
      submit('hangs', 0, { ms: 40_000 }),
      { id: 'crash', at: { ms: 2_000 }, do: { kind: 'crash', server: 0 } },
    ])
    expect(brokenIn(run)).toEqual([])
    expect(secondOf(run, /^job 1: running → failed.*exit_code=1/)).toBeDefined()
    expect(secondOf(run, /^job 2: running → done/)).toBeDefined()
    expect([...run.sometimes]).toContain('a container is adopted')
    expect(run.told.filter(({ text }) => /^starts container/.test(text))).toHaveLength(2)
  })

  test.each(['term', 'kill'] as const)(
    'an engine that ends by SIG%s ends its containers, and their jobs with them',
    async (how) => {
      const run = await play([
        submit('hangs', 0, { ms: 5_000_000 }),
        { id: 'engine', at: { ms: 10_000 }, do: { kind: 'engineRestart', how, ms: 1_000 } },
      ])
      expect(brokenIn(run)).toEqual([])
      expect(secondOf(run, /^job 1: running → failed.*exit_code=137/)).toBeLessThan(60)
    },
  )

  test('an image that does not exist fails the job at once', async () => {
    const [command] = [submit('first', 0, {})]
    const missing = { ...command!, do: { ...command!.do, exists: false } as OrchestratorCommand }
    const run = await play([missing])
    expect(brokenIn(run)).toEqual([])
    expect(secondOf(run, /^job 1: running → failed.*launch error/)).toBeLessThan(1)
  })
})

describe('as published', () => {
  const stale = [
    ['own-mountpoint', 'sequential'],
    ['own-mountpoint', 'promises'],
    ['own-child-mountpoint', 'sequential'],
    ['root-owned', 'sequential'],
    ['root-owned', 'promises'],
    ['root-owned', 'coreutils'],
  ] as const

  test.each(stale)(
    'with directories as %s, removed as %s, the run that hung has succeeded',
    async (mounts, removal) => {
      const run = await play(flake(0), { mounts, removal }, published)
      expect(brokenIn(run)).toEqual(expect.arrayContaining(['FBI-1', 'FBI-5', 'FBI-6', 'FBI-8']))
      expect(secondOf(run, /^job 1: running → done.*\(finish\)/)).toBeDefined()
    },
  )

  test.each(stale)(
    'with directories as %s, removed as %s, that it has failed after an exit of 1 is luck, and told',
    async (mounts, removal) => {
      const run = await play(flake(1), { mounts, removal }, published)
      expect(brokenIn(run)).toEqual(expect.arrayContaining(['FBI-1', 'FBI-6']))
      expect(brokenIn(run)).not.toContain('FBI-8')
      expect(run.failures.find(({ invariant }) => invariant === 'FBI-6')?.reason).toMatch(
        /ended with 1, though the engine says 137/,
      )
    },
  )

  test('where the removal succeeds, the old container writes into a directory that nobody sees', async () => {
    const run = await play(flake(0), { mounts: 'bind-source' }, published)
    expect(brokenIn(run)).toContain('FBI-2')
    expect(brokenIn(run)).not.toContain('FBI-6')
  })
})
