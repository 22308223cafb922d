/**
 * What a container prints, as its engine repeats it from the beginning whenever it is asked: both streams, in their order.
 * It is written over what is there already, which is the same: who follows the file sees nothing twice, and what the
 * engine does not repeat any more is not lost before its time.
 */
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { BatchedWriter } from './batchedWriter.ts'
import { cutNote } from './outputs.ts'
import { openRegularFile } from './regularFile.ts'

const HEADER_BYTES = 8
const LENGTH_AT = 4

export class ContainerOutput {
  private readonly path: string
  private readonly bytesMax: number
  private bytes = 0
  /** Is there more than the limit allows? */
  isCut = false

  constructor(path: string, bytesMax: number) {
    this.path = path
    this.bytesMax = bytesMax
  }

  /** How far it is. */
  get bytesWritten(): number {
    return this.bytes
  }

  /** Resolves when the stream has ended, or has gone beyond the limit. Rejects where either side breaks. */
  async keep(stream: AsyncIterable<Buffer>): Promise<void> {
    const file = await openRegularFile(this.path, constants.O_WRONLY | constants.O_CREAT)
    if (file === undefined) return
    try {
      const length = (await this.copy(stream, file)) ? this.bytes : await this.cut(file)
      await file.truncate(length)
    } finally {
      await file.close()
    }
  }

  /** False: there is more than the limit allows. */
  private async copy(stream: AsyncIterable<Buffer>, file: FileHandle): Promise<boolean> {
    const frames = new Frames()
    const writer = new BatchedWriter(file)
    let fits = true
    for await (const chunk of stream) {
      const content = frames.contentOf(chunk)
      const fitting = content.subarray(0, this.bytesMax - this.bytes)
      await writer.write(fitting)
      this.bytes += fitting.length
      fits = fitting.length === content.length
      if (!fits) break
    }
    await writer.flush()
    return fits
  }

  private async cut(file: FileHandle): Promise<number> {
    this.isCut = true
    const note = Buffer.from(cutNote(this.bytesMax))
    await file.writeFile(note)
    return this.bytes + note.length
  }
}

/** The engine sends frames: a byte for the stream, three of nothing, four with the length, and so many bytes. */
class Frames {
  private readonly header = Buffer.alloc(HEADER_BYTES)
  private headerBytes = 0
  private left = 0

  /** Without the headers; frames may begin and end anywhere. */
  contentOf(chunk: Buffer): Buffer {
    const pieces: Buffer[] = []
    for (let at = 0; at < chunk.length; ) {
      if (this.left > 0) {
        const piece = chunk.subarray(at, at + this.left)
        pieces.push(piece)
        this.left -= piece.length
        at += piece.length
      } else {
        at += this.readHeader(chunk.subarray(at, at + HEADER_BYTES - this.headerBytes))
      }
    }
    return Buffer.concat(pieces)
  }

  private readHeader(part: Buffer): number {
    part.copy(this.header, this.headerBytes)
    this.headerBytes += part.length
    if (this.headerBytes === HEADER_BYTES) {
      this.headerBytes = 0
      this.left = this.header.readUInt32BE(LENGTH_AT)
    }
    return part.length
  }
}
