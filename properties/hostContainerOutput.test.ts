// What real containers print, and where it is found.

import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { until } from './support/hostHouse.ts'
import { place } from './support/place.ts'
import { realEngine } from './support/realEngine.ts'

const { skipped, hint, house } = await realEngine()

describe.skipIf(skipped !== undefined)(`a container's output${hint}`, () => {
  test('of both streams is in their order, and complete when its end is told', async () => {
    const { started, waited, run, textOf } = house()
    const script = 'i=0; while [ $i -lt 2000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done'
    const id = await started(['sh', '-c', script])
    const own = await run()
    await waited(id, own)
    const lines = textOf(own).split('\n')
    const numbers = Array.from({ length: 2000 }, (_, n) => n)
    expect(lines.filter((line) => line.startsWith('out'))).toEqual(numbers.map((n) => `out ${n}`))
    expect(lines.filter((line) => line.startsWith('err'))).toEqual(numbers.map((n) => `err ${n}`))
    expect(lines).toHaveLength(4001)
  })

  test('is kept while it runs, and by a later wait once more, not twice', async () => {
    const { containers, started, waited, run, textOf } = house()
    const id = await started(['sh', '-c', 'echo first; trap "echo last; exit" TERM; while :; do sleep 0.01; done'])
    const own = await run()
    const abort = new AbortController()
    const waiting = containers.wait(id, own, abort.signal)
    await until(() => textOf(own) === 'first\n')
    abort.abort()
    await expect(waiting).rejects.toThrow()
    await containers.kill(id, 'SIGTERM')
    await waited(id, own)
    expect(textOf(own)).toBe('first\nlast\n')
    await waited(id, own)
    expect(textOf(own)).toBe('first\nlast\n')
  })

  test.each([0, 999, 1000])('is no more than the limit of %i bytes, and that is said', async (bytesMax) => {
    const { started, waited, run, textOf } = house(bytesMax)
    const id = await started(['sh', '-c', 'yes | head -c 5000; exit 5'])
    const own = await run()
    const kept = `${'y\n'.repeat(500).slice(0, bytesMax)}\n[output beyond ${bytesMax} bytes was dropped]\n`
    expect(await waited(id, own)).toBe(5)
    expect(textOf(own)).toBe(kept)
    await waited(id, own)
    expect(textOf(own)).toBe(kept)
  })

  test('may be as much as the limit, and nothing is said', async () => {
    const { started, waited, run, textOf } = house(1000)
    const own = await run()
    await waited(await started(['sh', '-c', 'yes | head -c 1000']), own)
    expect(textOf(own)).toBe('y\n'.repeat(500))
  })

  test('is kept from its beginning where it is much more', async () => {
    const { started, waited, run, textOf } = house(100_000)
    const own = await run()
    expect(await waited(await started(['sh', '-c', 'seq 1 60000']), own)).toBe(0)
    const all = Array.from({ length: 60_000 }, (_, n) => `${n + 1}\n`).join('')
    expect(textOf(own) === `${all.slice(0, 100_000)}\n[output beyond 100000 bytes was dropped]\n`).toBe(true)
  })

  test('goes to a file, whatever the container has put there itself', async () => {
    const { ports, started, waited, run, textOf } = house()
    const own = await run()
    const output = ports.files.outputOf(own)
    const precious = join(place(), 'precious')
    writeFileSync(precious, 'precious')
    const id = await started(['sh', '-c', 'echo printed; exit 4'])
    symlinkSync(precious, output)
    expect(await waited(id, own)).toBe(4)
    expect(readFileSync(precious, 'utf8')).toBe('precious')
    unlinkSync(output)
    execFileSync('mkfifo', [output])
    expect(await waited(id, own)).toBe(4)
    unlinkSync(output)
    expect(await waited(id, own)).toBe(4)
    expect(textOf(own)).toBe('printed\n')
    rmSync(ports.files.directoryOf(own), { recursive: true })
    expect(await waited(id, own)).toBe(4)
  })
})
