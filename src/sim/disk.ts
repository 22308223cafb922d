/** The disk under the servers: it outlives them all. */
import type { RunId } from '../model/ids.ts'

const ROOMY_BYTES = 2 ** 40

export class Disk {
  /** Runs that have a directory, in the order in which they got it. */
  readonly directories = new Set<RunId>()
  /** How many spells of fullness are on. */
  private spells = 0

  get freeBytes(): number {
    return this.spells > 0 ? 0 : ROOMY_BYTES
  }

  get isFull(): boolean {
    return this.spells > 0
  }

  fill(): void {
    this.spells++
  }

  clear(): void {
    this.spells--
  }

  /** False: there was none. */
  remove(run: RunId): boolean {
    return this.directories.delete(run)
  }
}
