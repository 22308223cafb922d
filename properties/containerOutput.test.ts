// What a container prints, on its way from the engine's stream into a file.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ContainerOutput } from '../src/host/containerOutput.ts'
import { place } from './support/place.ts'

const streams = ['stdin', 'stdout', 'stderr']

function outputFile(): string {
  return join(place(), 'output.log')
}

function frame(stream: string, content: Uint8Array | string): Buffer {
  const header = Buffer.from([streams.indexOf(stream), 0, 0, 0, 0, 0, 0, 0])
  const body = Buffer.from(content as string)
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

async function* inPieces(whole: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (const length of lengths) {
    if (at < whole.length) yield whole.subarray(at, at + length)
    at += length
  }
  if (at < whole.length) yield whole.subarray(at)
}

test('is what was printed, up to the limit, however the stream was cut in pieces', async () => {
  const path = outputFile()
  const frames = fc.array(fc.tuple(fc.constantFrom('stdout', 'stderr'), fc.uint8Array({ maxLength: 20 })))
  const lengths = fc.array(fc.integer({ min: 1, max: 30 }))
  const limit = fc.integer({ min: 0, max: 200 })
  const before = fc.string({ maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(frames, lengths, limit, before, async (frames, lengths, bytesMax, before) => {
      writeFileSync(path, before)
      const output = new ContainerOutput(path, bytesMax)
      await output.keep(inPieces(Buffer.concat(frames.map(([stream, content]) => frame(stream, content))), lengths))
      const printed = Buffer.concat(frames.map(([, content]) => content))
      const note = printed.length > bytesMax ? `\n[output beyond ${bytesMax} bytes was dropped]\n` : ''
      expect(readFileSync(path)).toEqual(Buffer.concat([printed.subarray(0, bytesMax), Buffer.from(note)]))
      expect(output.bytesWritten).toBe(Math.min(printed.length, bytesMax))
    }),
  )
})

test('is not lost where the stream breaks before it has repeated all of it', async () => {
  const path = outputFile()
  async function* breaking(): AsyncGenerator<Buffer> {
    yield frame('stdout', 'one\n')
    throw new Error('broken')
  }
  writeFileSync(path, 'one\ntwo\n')
  await expect(new ContainerOutput(path, 100).keep(breaking())).rejects.toThrow('broken')
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
})

test('may come as thousands of lines at once', async () => {
  const path = outputFile()
  const lines = 100_000
  const whole = Buffer.concat(Array.from({ length: lines }, () => frame('stdout', '\n')))
  await new ContainerOutput(path, lines).keep(inPieces(whole, []))
  expect(readFileSync(path)).toEqual(Buffer.alloc(lines, '\n'))
})
