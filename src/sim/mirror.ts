/**
 * The committed rows as the harness knows them, with what their keys meant when they were written. After each commit it
 * says what changed. Every row, and every claim on it, begins a generation that is never reused, and a column that names another
 * entity keeps that entity's generation beside the value.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Row } from '../ports/index.ts'
import type { DatabaseImage } from './databaseImage.ts'

export interface Change {
  readonly table: string
  readonly id: number
  readonly before: Row | undefined
  readonly after: Row | undefined
  /** The row's generation before the change; undefined for a new row. */
  readonly generation: number | undefined
  /** What changed it: the name of the operation, and the life in which it ran (empty: past all systems). */
  readonly by: string
  readonly life: string
}

/** A column whose values name an entity that has a generation. */
export interface Reference {
  readonly table: string
  readonly column: string
  readonly names: 'process'
}

/** Rows that somebody may own for a time, such as jobs by a claim. */
export interface OwnedTable {
  readonly table: string
  /** The column by which an owner knows its claim. */
  readonly fence: string
  /** Does this change begin or end an ownership? Whoever owned the row before owns it no longer. */
  renewed(before: Row, after: Row): boolean
}

interface Tracked {
  row: Row
  generation: number
  /** The root of the chain that created the row: stable under shrinking. */
  readonly origin: string
  /** When the row was last changed, in microseconds. */
  changedUs: number
  /** Value of the fence → the generation that began with it. */
  fences: Map<unknown, number> | undefined
  /** Reference column → the generation that its value meant when it was written. */
  meanings: Map<string, number> | undefined
}

export class Mirror {
  private readonly tables = new Map<string, Map<number, Tracked>>()
  private generations = 0
  private readonly image: DatabaseImage
  private readonly references: readonly Reference[]
  private readonly owned: readonly OwnedTable[]

  constructor(image: DatabaseImage, references: readonly Reference[], owned: readonly OwnedTable[]) {
    this.image = image
    this.references = references
    this.owned = owned
  }

  rows(table: string): Iterable<[number, Row]> {
    const tracked = this.tables.get(table)
    return tracked === undefined ? [] : rowsOf(tracked)
  }

  row(table: string, id: number): Row | undefined {
    return this.tables.get(table)?.get(id)?.row
  }

  generation(table: string, id: number): number {
    return this.tables.get(table)?.get(id)?.generation ?? 0
  }

  /** The generation that began when the fence took this value; the present one if none is known. */
  generationOf(table: string, id: number, fence: unknown): number {
    const tracked = this.tables.get(table)?.get(id)
    return tracked?.fences?.get(fence) ?? tracked?.generation ?? 0
  }

  changedUs(table: string, id: number): number | undefined {
    return this.tables.get(table)?.get(id)?.changedUs
  }

  origin(table: string, id: number): string | undefined {
    return this.tables.get(table)?.get(id)?.origin
  }

  /** What this column's value meant when it was written; undefined when it is NULL or names nobody known. */
  meaning(table: string, id: number, column: string): number | undefined {
    return this.tables.get(table)?.get(id)?.meanings?.get(column)
  }

  /** Which generations do the rows that pass `live` mean by this value? */
  meanings(names: Reference['names'], value: number, live: (table: string, row: Row) => boolean): number[] {
    const found: number[] = []
    for (const reference of this.references) {
      if (reference.names !== names) continue
      for (const [, tracked] of this.tables.get(reference.table) ?? []) {
        if (tracked.row[reference.column] !== value || !live(reference.table, tracked.row)) continue
        const meaning = tracked.meanings?.get(reference.column)
        if (meaning !== undefined) found.push(meaning)
      }
    }
    return found
  }

  /** Takes over what the image begins with. */
  load(): void {
    for (const { table, id, row } of this.image.rows()) this.put(table, id, row, 'image', 0)
  }

  /** Touches every row that is not as it was: of what a change of the schema did to rows, no trigger has told. */
  compare(): void {
    const { image } = this
    for (const { table, id, row } of image.rows()) {
      const known = this.row(table, id)
      if (known === undefined || !isSame(known, row)) image.touches.push({ table, id, column: undefined })
    }
    for (const [table, rows] of this.tables)
      for (const id of rows.keys())
        if (image.readRow(table, id) === undefined) image.touches.push({ table, id, column: undefined })
  }

  /** Reads what the last transaction touched and returns what it changed, in the order of first touch. */
  absorb(
    origin: string,
    by: string,
    life: string,
    nowUs: number,
    resolve: (names: Reference['names'], value: number) => number | undefined,
  ): Change[] {
    const { touches } = this.image
    if (touches.length === 0) return []
    const changes: Change[] = []
    const seen = new Set<string>()
    const written = touches.filter((touch) => touch.column !== undefined)
    for (const { table, id } of touches) {
      const key = `${table}:${id}`
      if (seen.has(key)) continue
      seen.add(key)
      const tracked = this.tables.get(table)?.get(id)
      const after = this.image.readRow(table, id)
      changes.push({ table, id, before: tracked?.row, after, generation: tracked?.generation, by, life })
      if (after === undefined) this.tables.get(table)?.delete(id)
      else if (tracked === undefined) this.put(table, id, after, origin, nowUs)
      else {
        const owned = this.owned.find((candidate) => candidate.table === table)
        if (owned?.renewed(tracked.row, after)) {
          tracked.generation = ++this.generations
          if (tracked.fences === undefined) tracked.fences = new Map()
          tracked.fences.set(after[owned.fence], tracked.generation)
        }
        tracked.row = after
        tracked.changedUs = nowUs
      }
    }
    touches.length = 0
    for (const { table, id, after, before } of changes) {
      if (after === undefined) continue
      for (const { table: owner, column, names } of this.references) {
        if (owner !== table) continue
        const assigned =
          before === undefined ||
          before[column] !== after[column] ||
          written.some((touch) => touch.table === table && touch.id === id && touch.column === column)
        if (assigned) this.remember(table, id, column, after[column], names, resolve)
      }
    }
    return changes
  }

  private remember(
    table: string,
    id: number,
    column: string,
    value: unknown,
    names: Reference['names'],
    resolve: (names: Reference['names'], value: number) => number | undefined,
  ): void {
    const tracked = this.tables.get(table)!.get(id)!
    const meaning = typeof value === 'number' ? resolve(names, value) : undefined
    if (tracked.meanings === undefined) {
      if (meaning === undefined) return
      tracked.meanings = new Map()
    }
    if (meaning === undefined) tracked.meanings.delete(column)
    else tracked.meanings.set(column, meaning)
  }

  private put(table: string, id: number, row: Row, origin: string, nowUs: number): void {
    let rows = this.tables.get(table)
    if (rows === undefined) {
      rows = new Map()
      this.tables.set(table, rows)
    }
    rows.set(id, {
      row,
      generation: ++this.generations,
      origin,
      changedUs: nowUs,
      fences: undefined,
      meanings: undefined,
    })
  }
}

function isSame(one: Row, other: Row): boolean {
  const columns = Object.keys(one)
  return (
    columns.length === Object.keys(other).length &&
    columns.every((column) => isDeepStrictEqual(one[column], other[column]))
  )
}

function* rowsOf(tracked: Map<number, Tracked>): Iterable<[number, Row]> {
  for (const [id, { row }] of tracked) yield [id, row]
}
