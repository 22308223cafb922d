/** Is there room on the disk to start something? Says so once when there is none, and once when there is again. */
import type { Files } from '../ports/index.ts'

export class Room {
  private readonly files: Files
  private readonly freeBytesMin: number
  private readonly onNotice: (text: string) => void
  private full = false

  constructor(files: Files, freeBytesMin: number, onNotice: (text: string) => void) {
    this.files = files
    this.freeBytesMin = freeBytesMin
    this.onNotice = onNotice
  }

  hasRoom(): boolean {
    const freeBytes = this.files.freeBytes()
    const full = freeBytes < this.freeBytesMin
    if (full !== this.full) {
      const free = `${mebibytes(freeBytes)} are free on the disk`
      this.onNotice(
        full
          ? `nothing is started: only ${free}, and ${mebibytes(this.freeBytesMin)} are needed; what runs goes on`
          : `jobs are started again: ${free}`,
      )
    }
    this.full = full
    return !full
  }
}

function mebibytes(bytes: number): string {
  return `${(Math.floor((10 * bytes) / 2 ** 20) / 10).toFixed(1)} MiB`
}
