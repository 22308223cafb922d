/** The disk under the servers: it outlives them all. */
import type { RunId } from '../model/ids.ts'

const ROOMY_BYTES = 2 ** 40

export class Disk {
  /** Runs that have a directory, in the order in which they got it. */
  readonly directories = new Set<RunId>()
  /** How many spells of fullness are on, and of them, how many to the brim. */
  private spells = 0
  private brims = 0
  /** When the last of them will be over, in microseconds of virtual time; 0: there was none. */
  fullUntilUs = 0

  get freeBytes(): number {
    return this.spells > 0 ? 0 : ROOMY_BYTES
  }

  get isFull(): boolean {
    return this.spells > 0
  }

  /** Not even another row can be written. */
  get isBrimful(): boolean {
    return this.brims > 0
  }

  fill(untilUs: number, brim: boolean): void {
    this.spells++
    if (brim) this.brims++
    this.fullUntilUs = Math.max(this.fullUntilUs, untilUs)
  }

  clear(brim: boolean): void {
    this.spells--
    if (brim) this.brims--
  }

  /** False: there was none. */
  remove(run: RunId): boolean {
    return this.directories.delete(run)
  }
}
