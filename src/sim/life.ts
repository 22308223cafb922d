/**
 * One life of one server: from a start to its end. When it dies its pending operations are removed, its continuations
 * never resume, and every port it still holds throws Killed or never answers.
 */
import type { Ports } from '../ports/index.ts'
import type { Operation } from './operation.ts'
import type { SimProcess } from './pidNamespace.ts'

/** Thrown into code of a server that has just died; nothing that the code does afterwards has an effect. */
export class Killed extends Error {
  constructor() {
    super('this server life has ended')
    this.name = 'Killed'
  }
}

/** Operations that were issued and perhaps have fired: swept when they have doubled, so that adding stays cheap. */
class PendingOperations {
  private operations: Operation[] = []
  private limit = 64

  add(operation: Operation): void {
    if (this.operations.length >= this.limit) {
      this.operations = this.operations.filter(({ state }) => state === 'pending')
      this.limit = Math.max(64, 2 * this.operations.length)
    }
    this.operations.push(operation)
  }

  [Symbol.iterator](): Iterator<Operation> {
    return this.operations[Symbol.iterator]()
  }

  clear(): void {
    this.operations = []
  }
}

export class Life {
  /** Which server, and which of its lives, both from 0. */
  readonly server: number
  readonly ordinal: number
  readonly name: string
  readonly process: SimProcess
  alive = true
  /** Stands still until then. */
  pausedUntilUs = 0
  /** Aborted when the server is told to stop. */
  readonly stopping = new AbortController()
  /** What it waits for; fired ones are swept now and then. */
  readonly pending = new PendingOperations()
  /** Set by the world right after construction. */
  ports!: Ports

  constructor(server: number, ordinal: number, process: SimProcess) {
    this.server = server
    this.ordinal = ordinal
    this.name = `server${server}.${ordinal}`
    this.process = process
  }

  get signal(): AbortSignal {
    return this.stopping.signal
  }

  /** For code that may still run after the end: past this line nothing happens. */
  assertAlive(): void {
    if (!this.alive) throw new Killed()
  }
}
