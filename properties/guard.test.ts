// Nothing happens outside the world: whatever touches the real machine during a run is caught with its caller's name,
// and between runs everything is as it was.

import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Run, simulate } from '../src/explore/index.ts'
import { leaks } from './support/leaks.ts'
import { tinyScenario, tinySubject } from './support/tinySubject.ts'

const calm = { choices: { kind: 'seed', seed: 1 } } as const

function ambient({ failures }: Run): string {
  expect(failures.map(({ invariant }) => invariant)).toEqual(['AMBIENT'])
  return failures[0]!.reason
}

describe('a run that touches the real machine', () => {
  test.each(Object.keys(leaks))('is caught: %s', async (name) => {
    const careless = tinySubject(async () => {
      await leaks[name]!()
    })
    const reason = ambient(await simulate(careless, tinyScenario(), calm))
    expect(reason).toMatch(/^\S.* was called during a simulated run/)
    expect(reason).toMatch(/leaks\.ts:\d+/)
  })

  test.each(Object.keys(leaks))('is caught though it swallows the error: %s', async (name) => {
    const stubborn = tinySubject(async () => {
      try {
        await leaks[name]!()
      } catch {
        // Nobody will know.
      }
    })
    expect(ambient(await simulate(stubborn, tinyScenario(), calm))).toMatch(/leaks\.ts:\d+/)
  })

  test('is caught in a process without a test runner', () => {
    const script = new URL('./support/leakScript.ts', import.meta.url).pathname
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    const reported = JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, string>
    expect(Object.keys(reported)).toEqual(Object.keys(leaks))
    for (const [name, reason] of Object.entries(reported)) {
      expect(reason, name).toMatch(/^AMBIENT/)
      expect(reason, name).toMatch(/leaks\.ts:\d+/)
    }
  })

  test('is caught in what a command sets off, late and deep', async () => {
    async function deep(): Promise<number> {
      await null
      return Date.now()
    }
    const late = tinySubject(
      async () => undefined,
      async ({ life }) => {
        await life.ports.clock.sleep(60_000)
        await deep()
      },
    )
    const go = { id: 'c0', at: { ms: 1 }, do: { kind: 'go' } } as const
    expect(ambient(await simulate(late, tinyScenario({}, [go]), calm))).toContain('at deep')
  })
})

describe('what a run does itself', () => {
  test('may use dates that say which, and all that is not ambient', async () => {
    const harmless = tinySubject(async () => {
      const then = new Date(2026, 0, 15)
      expect(new Date(then.getTime()).getTime()).toBe(then.getTime())
      expect(new Date('2026-01-15T00:00:00Z').toISOString()).toBe('2026-01-15T00:00:00.000Z')
      expect(Date.UTC(2026, 0, 15)).toBe(Date.parse('2026-01-15T00:00:00Z'))
      expect(new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(0)).toBe('1/1/1970')
      expect(Math.max(1, 2)).toBe(2)
      await new Promise<void>((resolve) => process.nextTick(resolve))
      await new Promise<void>((resolve) => queueMicrotask(resolve))
    })
    expect((await simulate(harmless, tinyScenario(), calm)).failures).toEqual([])
  })

  test('a rejection that nobody handles is a finding, and nobody else hears of it', async () => {
    const heard: unknown[] = []
    const listener = (reason: unknown) => heard.push(reason)
    process.on('unhandledRejection', listener)
    const sloppy = tinySubject(async () => {
      void Promise.reject(new Error('dropped on the floor'))
    })
    const { failures } = await simulate(sloppy, tinyScenario(), calm)
    expect(process.listeners('unhandledRejection')).toContain(listener)
    process.off('unhandledRejection', listener)
    expect(failures.map(({ invariant }) => invariant)).toEqual(['UNHANDLED'])
    expect(failures[0]!.reason).toContain('dropped on the floor')
    expect(heard).toEqual([])
  })
})

describe('between runs', () => {
  test('everything works as before', async () => {
    await simulate(
      tinySubject(async () => undefined),
      tinyScenario(),
      calm,
    )
    const before = Date.now()
    expect(Math.abs(Date.now() - before)).toBeLessThan(10_000)
    expect(Date()).toMatch(/GMT/)
    expect(new Date(0)).toBeInstanceOf(Date)
    expect(Object.prototype.toString.call(new Date(0))).toBe('[object Date]')
    expect(new Date(0).constructor).toBe(Date)
    expect(Date.length).toBe(7)
    expect(Date.name).toBe('Date')
    class Birthday extends Date {}
    expect(new Birthday(0)).toBeInstanceOf(Birthday)
    expect(structuredClone(new Date(7)).getTime()).toBe(7)
    expect(setTimeout.name).toBe('setTimeout')
    expect(await promisify(setTimeout)(1, 'later')).toBe('later')
    expect(await sleep(1, 'later')).toBe('later')
    await new Promise((resolve) => setImmediate(resolve))
    expect(Math.random()).not.toBe(Math.random())
    expect(performance.now()).toBeGreaterThan(0)
    expect(process.hrtime()).toHaveLength(2)
    expect(typeof process.hrtime.bigint()).toBe('bigint')
    expect(randomUUID()).toMatch(/^[0-9a-f-]{36}$/)
    expect(crypto.randomUUID()).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Intl.DateTimeFormat('en').format()).toMatch(/\d/)
    expect(readFileSync(new URL(import.meta.url), 'utf8')).toContain('everything works as before')
    const child = spawn(process.execPath, ['-e', 'process.exit(3)'])
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(3)
  })

  test('a run that throws lets the guard down again', async () => {
    const broken = tinySubject(
      async () => undefined,
      async () => undefined,
      [
        {
          name: 'BROKEN',
          kind: 'safety',
          story: 'an invariant with a mistake in it',
          begin: () => ({
            settled: () => {
              throw new Error('a mistake')
            },
          }),
        },
      ],
    )
    await expect(simulate(broken, tinyScenario(), calm)).rejects.toThrow('a mistake')
    expect(Date.now()).toBeGreaterThan(0)
  })
})
