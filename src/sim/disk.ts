/** How much room there is on the disk under the servers. */

const ROOMY_BYTES = 2 ** 40

export class Disk {
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
}
