/**
 * What the tasks of a canary work on: a few cells that hold a number each. A step is one transaction, on the cells that it
 * names and on no others: its hand knows no other, so that footprints are complete.
 */
import type { Database, Ports, Row } from '../../ports/index.ts'

/** The cells of a system by name, each with the number that it holds until somebody writes to it. */
export type Cells = Readonly<Record<string, number>>

export interface Cell extends Row {
  /** Its place in the system, from 1. */
  readonly id: number
  readonly name: string
  readonly value: number
  /** The command that wrote to it last. */
  readonly writer: string
}

export function prepare(database: Database): void {
  database.exec('CREATE TABLE cells (id INTEGER PRIMARY KEY, name TEXT NOT NULL, value INTEGER NOT NULL, writer TEXT)')
}

export function idOf(cells: Cells, name: string): number {
  return Object.keys(cells).indexOf(name) + 1
}

export interface Hand<Name extends string> {
  read(name: Name): number
  write(name: Name, value: number): void
  add(name: Name, amount: number): void
}

export class Bench<Name extends string> {
  private readonly ports: Ports
  private readonly cells: Cells
  private readonly hand: Hand<string>
  private readonly walks: readonly string[]

  /** For the tasks of one command. */
  constructor(ports: Ports, cells: Cells, command: string) {
    this.ports = ports
    this.cells = cells
    this.walks = [`walk:${command}`]
    const { database } = ports
    const read = (name: string) => {
      const row = database.prepare('SELECT value FROM cells WHERE id = ?').get(idOf(cells, name))
      return row === undefined ? cells[name]! : (row as Cell).value
    }
    const write = (name: string, value: number) => {
      database.prepare('INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)').run(idOf(cells, name), name, value, command)
    }
    this.hand = { read, write, add: (name, amount) => write(name, read(name) + amount) }
  }

  step<const Named extends Name, T>(name: string, cells: readonly Named[], work: (hand: Hand<Named>) => T): Promise<T> {
    const { pool, database } = this.ports
    const touches = cells.map((cell) => `cells:${idOf(this.cells, cell)}`)
    return pool.run({ name, touches }, () => database.transaction(() => work(this.hand)).immediate())
  }

  /** Steps that concern nobody else. */
  async walk(steps: number): Promise<void> {
    for (let n = 0; n < steps; n++) await this.ports.pool.run({ name: 'walk', touches: this.walks }, () => undefined)
  }

  sleep(ms: number): Promise<void> {
    return this.ports.clock.sleep(ms)
  }

  nowMs(): number {
    return this.ports.clock.nowMs()
  }
}
