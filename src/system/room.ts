/**
 * Is there room on the machine to start something? Nothing is claimed while the disk is full, and for a while after the
 * machine could not start a process for want of something that every process needs: the queue would only fail job by job.
 * Says so once when there is none, and once when there is again.
 */
import type { Ports } from '../ports/index.ts'

const PAUSE_MS = 1_000
const PAUSE_MS_MAX = 30_000

export class Room {
  private readonly ports: Pick<Ports, 'files' | 'clock'>
  private readonly freeBytesMin: number
  private readonly onNotice: (text: string) => void
  private isFull = false
  /** On the monotonic clock: nothing is started before, whatever room there is. */
  pausedUntilMs = Number.NEGATIVE_INFINITY
  private pauseMs = PAUSE_MS

  constructor(ports: Pick<Ports, 'files' | 'clock'>, freeBytesMin: number, onNotice: (text: string) => void) {
    this.ports = ports
    this.freeBytesMin = freeBytesMin
    this.onNotice = onNotice
  }

  hasRoom(): boolean {
    if (this.isPaused) return false
    const freeBytes = this.ports.files.freeBytes()
    const full = freeBytes < this.freeBytesMin
    if (full !== this.isFull) {
      const free = `${mebibytes(freeBytes)} are free on the disk`
      this.onNotice(
        full
          ? `nothing is started: only ${free}, and ${mebibytes(this.freeBytesMin)} are needed; what runs goes on`
          : `jobs are started again: ${free}`,
      )
    }
    this.isFull = full
    return !full
  }

  /** A start has failed for want of something that the next one would want too. */
  exhausted({ message }: Error): void {
    // Several starts may fail together: they see one want, not several.
    if (this.isPaused) return
    if (this.pauseMs === PAUSE_MS) this.onNotice(`nothing is started for a while: ${message}`)
    this.pausedUntilMs = this.ports.clock.monotonicMs() + this.pauseMs
    this.pauseMs = Math.min(2 * this.pauseMs, PAUSE_MS_MAX)
  }

  private get isPaused(): boolean {
    return this.ports.clock.monotonicMs() < this.pausedUntilMs
  }

  /** Something was started. */
  started(): void {
    if (this.pauseMs > PAUSE_MS) this.onNotice('jobs are started again')
    this.pauseMs = PAUSE_MS
  }
}

function mebibytes(bytes: number): string {
  return `${(Math.floor((10 * bytes) / 2 ** 20) / 10).toFixed(1)} MiB`
}
