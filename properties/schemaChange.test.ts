// A run may change the schema of its database: what is in the tables is watched on, and the next run knows nothing of it.

import { expect, test } from 'vitest'
import { type Invariant, type Run, type Stage, simulate } from '../src/explore/index.ts'
import type { Change, Database, Profile } from '../src/sim/index.ts'
import { ensureAutoincrement } from '../src/system/index.ts'
import { tinyScenario, tinySubject } from './support/tinySubject.ts'

interface Seen {
  readonly run: Run
  readonly changes: readonly Change[]
  /** The text of the table of marks when the run was over. */
  readonly text: string | null | undefined
}

/** One run in which each server life does these pieces of work, one pool operation each. */
async function play(
  work: Readonly<Record<string, (database: Database, stage: Stage) => void>>,
  profile: Partial<Profile> = {},
): Promise<Seen> {
  const changes: Change[] = []
  let text: string | null | undefined
  const witness: Invariant = {
    name: 'WITNESS',
    kind: 'safety',
    story: 'sees everything',
    begin: (view) => ({
      changed: (change) => {
        changes.push(change)
        return undefined
      },
      settled: () => {
        text = view.schema().objects.find(({ name }) => name === 'marks')?.sql
        return undefined
      },
    }),
  }
  const subject = tinySubject(
    async (stage) => {
      const { database, pool } = stage.life.ports
      for (const [name, piece] of Object.entries(work)) await pool.run({ name }, () => piece(database, stage))
    },
    undefined,
    [witness],
  )
  const run = await simulate(subject, tinyScenario(profile), { choices: { kind: 'seed', seed: 1 } })
  return { run, changes, text }
}

const insert = (database: Database) => void database.prepare("INSERT INTO marks (text) VALUES ('made')").run()
const rebuild = (database: Database) => void ensureAutoincrement(database, 'marks', () => 5)
const brief = ({ changes }: Seen) => changes.map(({ by, id, before, after }) => ({ by, id, before, after }))

test('rows that a rebuilt table has kept are not changed, and what is written later is seen', async () => {
  const seen = await play({ first: insert, second: insert, rebuild, third: insert })

  expect(brief(seen)).toEqual([
    { by: 'first', id: 1, before: undefined, after: { id: 1, text: 'made' } },
    { by: 'second', id: 2, before: undefined, after: { id: 2, text: 'made' } },
    { by: 'third', id: 6, before: undefined, after: { id: 6, text: 'made' } },
  ])
  expect(seen.text).toContain('AUTOINCREMENT')
  expect(seen.run.failures).toEqual([])
})

test('the next run begins on the tables as they were', async () => {
  await play({ rebuild })
  const seen = await play({ insert })
  expect(brief(seen)).toEqual([{ by: 'insert', id: 1, before: undefined, after: { id: 1, text: 'made' } }])
  expect(seen.text).not.toContain('AUTOINCREMENT')
})

test('rows that are lost, changed or new with the table are seen as what they are', async () => {
  const swap = (database: Database) =>
    database
      .transaction(() => {
        database.exec('DROP TABLE marks')
        database.exec('CREATE TABLE marks (id INTEGER PRIMARY KEY, text TEXT)')
        database.exec("INSERT INTO marks VALUES (2, 'other'), (3, 'new')")
      })
      .immediate()
  const { changes } = await play({ first: insert, second: insert, swap })
  expect(changes.slice(2).map(({ by, id, before, after }) => [by, id, before?.text, after?.text])).toEqual([
    ['swap', 2, 'made', 'other'],
    ['swap', 3, undefined, 'new'],
    ['swap', 1, 'made', undefined],
  ])
})

test('a schema change that is rolled back is none', async () => {
  const inVain = (database: Database) => {
    try {
      database
        .transaction(() => {
          database.exec('DROP TABLE marks')
          throw new Error('no')
        })
        .immediate()
    } catch {}
  }
  const seen = await play({ first: insert, inVain, second: insert })
  expect(seen.changes.map(({ by, id }) => [by, id])).toEqual([
    ['first', 1],
    ['second', 2],
  ])
})

test('a crash inside a rebuild leaves no half of it, and nothing that was set on the connection', async () => {
  const settings: unknown[] = []
  const note = (database: Database) =>
    void settings.push(
      database.pragma('foreign_keys', { simple: true }),
      database.pragma('legacy_alter_table', { simple: true }),
    )
  const halves: (readonly string[])[] = []
  const look = (_: Database, { view }: Stage) => void halves.push(view.schema().objects.map(({ name }) => name))

  const { run, text } = await play({ note, look, rebuild }, { faults: { crashInStatement: 0.1 } })

  const lives = halves.length
  expect(lives).toBeGreaterThan(3)
  expect(settings).toEqual(Array.from({ length: lives }, () => [1, 0]).flat())
  for (const names of halves.slice(0, -1)) expect(names).toEqual(['marks'])
  expect(text).toContain('AUTOINCREMENT')
  expect(run.failures).toEqual([])
})
