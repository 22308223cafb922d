/**
 * The output of runs: each process writes straight into its file, which costs nothing and survives the server. What goes
 * beyond the limit is cut off again from time to time. The descriptors append, so a writer goes on behind the cut.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'

const ROUND_MS = 1_000
const OWNER_ONLY = 0o600
/** Not through a link that something has put there. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND | constants.O_NOFOLLOW

/** What stands at the end of an output that has been cut. */
export function cutNote(bytesMax: number): string {
  return `\n[output beyond ${bytesMax} bytes was dropped]\n`
}

/** A file that is being written to; its descriptor is not inherited but by the one who gets it as its output. */
export class Output {
  readonly descriptor: number
  private wasCut = false

  constructor(path: string) {
    this.descriptor = openSync(path, FLAGS, OWNER_ONLY)
  }

  cut(bytesMax: number): void {
    if (fstatSync(this.descriptor).size <= bytesMax) return
    this.wasCut = true
    ftruncateSync(this.descriptor, bytesMax)
  }

  /** The writer has ended. */
  finish(bytesMax: number): void {
    this.cut(bytesMax)
    if (this.wasCut) writeSync(this.descriptor, cutNote(bytesMax))
  }

  close(): void {
    closeSync(this.descriptor)
  }
}

export class Outputs {
  private readonly bytesMax: number
  private readonly open = new Set<Output>()
  private timer: NodeJS.Timeout | undefined

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  watch(output: Output): void {
    this.open.add(output)
    this.timer ??= setInterval(() => this.round(), ROUND_MS).unref()
  }

  /** The run has ended; whatever goes wrong with its file, the run is over. */
  finish(output: Output): void {
    if (!this.open.delete(output)) return
    attempt(() => output.finish(this.bytesMax))
    output.close()
    if (this.open.size === 0) this.rest()
  }

  private round(): void {
    for (const output of this.open) attempt(() => output.cut(this.bytesMax))
  }

  private rest(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }
}

/** On a full or broken disk the limit cannot be kept; the next round tries again. */
function attempt(work: () => void): void {
  try {
    work()
  } catch {}
}
