/** Copies what a file holds, and later what it has gained, to standard output; a reader that is slow is waited for. */
import { once } from 'node:events'
import { open } from 'node:fs/promises'

const CHUNK = 65_536

export class Tail {
  private readonly path: string
  private offset = 0

  constructor(path: string) {
    this.path = path
  }

  /** False: there is no such file. */
  async copy(): Promise<boolean> {
    const file = await openIfThere(this.path)
    if (file === undefined) return false
    try {
      // Beyond a limit it is cut off again, behind what has been shown.
      this.offset = Math.min(this.offset, (await file.stat()).size)
      const buffer = Buffer.allocUnsafe(CHUNK)
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK, this.offset)
        if (bytesRead === 0) return true
        this.offset += bytesRead
        if (!process.stdout.write(Buffer.from(buffer.subarray(0, bytesRead)))) await once(process.stdout, 'drain')
      }
    } finally {
      await file.close()
    }
  }
}

async function openIfThere(path: string) {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
