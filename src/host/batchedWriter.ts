/**
 * Writes what comes in small pieces in large ones: while one write is under way, what comes meanwhile is gathered for the
 * next.
 */
import type { FileHandle } from 'node:fs/promises'

/** Whoever writes waits when so much is gathered. */
const GATHERED_BYTES_MAX = 4 * 1024 * 1024

export class BatchedWriter {
  private readonly file: FileHandle
  private gathered: Buffer[] = []
  private bytes = 0
  private writing: Promise<void> | undefined

  constructor(file: FileHandle) {
    this.file = file
  }

  /** Rejects with what an earlier write has failed with. */
  async write(content: Buffer): Promise<void> {
    if (content.length === 0) return
    this.gathered.push(content)
    this.bytes += content.length
    if (this.bytes > GATHERED_BYTES_MAX) await this.flush()
    else this.begin()
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    this.begin()
    await this.writing
  }

  private begin(): void {
    if (this.writing !== undefined || this.gathered.length === 0) return
    this.writing = this.writeAll()
    // Whoever flushes is told.
    this.writing.catch(() => undefined)
  }

  private async writeAll(): Promise<void> {
    while (this.gathered.length > 0) {
      const content = Buffer.concat(this.gathered)
      this.gathered = []
      this.bytes = 0
      await this.file.writeFile(content)
    }
    this.writing = undefined
  }
}
