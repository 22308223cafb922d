/** What must hold of ids, and of the migration that keeps those of an old database apart for ever (incident 1, FIX3). */
import type { Finding, Invariant, View } from '../../explore/index.ts'
import type { Row } from '../../sim/index.ts'
import { idTables } from '../../system/index.ts'
import { usedBefore } from './oldDatabase.ts'

const nouns: Readonly<Record<string, string>> = { jobs: 'job', runs: 'run', lives: 'life' }

function aboutRow(table: string, id: number): string {
  return `${nouns[table]}:${id}`
}

const neverAgain: Invariant = {
  name: 'FBI-2',
  kind: 'safety',
  story: 'no id of a job, run or life is given out twice: not after a deletion, and not after a migration',
  begin: (view) => {
    const used = new Map(idTables.map((table) => [table, new Set<number>()]))
    if (view.settings.oldSchema === true)
      for (const [table, ids] of used) for (let id = 1; id <= usedBefore[table]!; id++) ids.add(id)
    return {
      changed: ({ table, id, before, by }) => {
        const ids = used.get(table)
        if (ids === undefined) return undefined
        if (before === undefined && ids.has(id))
          return {
            text: `${by} made a ${nouns[table]} ${id}, and there was another one before`,
            about: [aboutRow(table, id)],
          }
        ids.add(id)
        return undefined
      },
    }
  },
}

/** What a migration must keep: the rows, and the text of everything that there is in the database. */
interface Contents {
  readonly rows: readonly { readonly table: string; readonly id: number; readonly row: Row }[]
  readonly objects: ReadonlyMap<string, string>
}

function contentsOf(view: View): Contents {
  const rows = idTables.flatMap((table) => [...view.rows(table)].map(([id, row]) => ({ table, id, row })))
  return { rows, objects: objectsOf(view) }
}

/** Tables with and without AUTOINCREMENT count as the same. SQLite quotes the name of one that was renamed. */
function objectsOf(view: View): ReadonlyMap<string, string> {
  return new Map(
    view
      .schema()
      .objects.map(({ type, name, table, sql }) => [
        name,
        `${type} on ${table}: ${sql?.replace(' AUTOINCREMENT', '').replace(/^CREATE TABLE "(\w+)"/, 'CREATE TABLE $1')}`,
      ]),
  )
}

function lostRow(view: View, { rows }: Contents): Finding | undefined {
  for (const { table, id, row } of rows) {
    const now = view.row(table, id)
    const column =
      now === undefined ? undefined : Object.keys({ ...row, ...now }).find((name) => row[name] !== now[name])
    if (now === undefined || column !== undefined)
      return {
        text: `the migration ${now === undefined ? 'has lost' : `has changed ${column} of`} ${nouns[table]} ${id}`,
        about: [aboutRow(table, id)],
      }
  }
  return undefined
}

function changedObject(view: View, { objects }: Contents): Finding | undefined {
  const now = objectsOf(view)
  for (const name of new Set([...objects.keys(), ...now.keys()]))
    if (objects.get(name) !== now.get(name)) {
      const how = now.has(name) ? (objects.has(name) ? 'has changed' : 'has left') : 'has lost'
      return { text: `the migration ${how} ${name}`, about: [] }
    }
  return undefined
}

function wrongSequence(view: View): Finding | undefined {
  const { sequences } = view.schema()
  for (const table of idTables) {
    const counts = sequences.filter(({ name }) => name === table).map(({ seq }) => Number(seq))
    if (counts.length !== 1) return { text: `the ids of ${table} are counted ${counts.length} times`, about: [] }
    if (counts[0]! < usedBefore[table]!)
      return {
        text: `after the migration the ids of ${table} go on from ${counts[0]}, and ${usedBefore[table]} was given out before`,
        about: [aboutRow(table, usedBefore[table]!)],
      }
  }
  return undefined
}

const migrates: Invariant = {
  name: 'FBI-11',
  kind: 'safety',
  story:
    'a migration keeps rows, columns and indexes, counts the ids of each table once and beyond all that were given out, and can be done again after a crash between any two statements',
  begin: (view) => {
    if (view.settings.oldSchema !== true) return {}
    let before: Contents | undefined
    let areRowsJudged = false
    const judged = (): Finding | undefined => {
      const lost = areRowsJudged ? undefined : lostRow(view, before!)
      areRowsJudged = true
      return lost ?? changedObject(view, before!) ?? wrongSequence(view)
    }
    return {
      happened: ({ kind }) => {
        if (kind === 'lifeStarted') before ??= contentsOf(view)
        return undefined
      },
      // The first server that has got through it: from here on, rows are others' business.
      changed: ({ by }) => (by === 'openLife' && !areRowsJudged ? judged() : undefined),
      settled: judged,
    }
  },
}

export const migration: readonly Invariant[] = [neverAgain, migrates]
