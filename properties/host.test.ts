// The real machine's clock, randomness, pool and database.

import { execFileSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { HostClock, HostRandom, InlinePool, openDatabase, processReader } from '../src/host/index.ts'
import { hostHouse } from './support/hostHouse.ts'

const isRoot = process.getuid?.() === 0

describe('the clock', () => {
  const clock = new HostClock()
  afterEach(() => {
    vi.useRealTimers()
  })

  test('never wakes too early', async () => {
    for (const ms of [0, 0.3, 1, 1.7, 5]) {
      const beganMs = clock.monotonicMs()
      await clock.sleep(ms)
      expect(clock.monotonicMs() - beganMs).toBeGreaterThanOrEqual(ms)
    }
  })

  test('an abort rejects with its reason, before or during the sleep, and nothing is left on the signal', async () => {
    const controller = new AbortController()
    const { signal } = controller
    await clock.sleep(1, signal)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    const sleeping = clock.sleep(60_000, signal)
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    controller.abort('enough')
    await expect(sleeping).rejects.toBe('enough')
    expect(getEventListeners(signal, 'abort')).toEqual([])
    await expect(clock.sleep(60_000, signal)).rejects.toBe('enough')
  })

  test('sleeps longer than one timer can', async () => {
    vi.useFakeTimers()
    const ms = 2 ** 32
    let isAwake = false
    const sleeping = clock.sleep(ms).then(() => {
      isAwake = true
    })
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(isAwake).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await sleeping
  })

  test('rounds begin a period after the end of the one before, and the last one is waited for', async () => {
    vi.useFakeTimers()
    const controller = new AbortController()
    const beganMs: number[] = []
    let ended = 0
    const round = async () => {
      beganMs.push(clock.monotonicMs())
      await clock.sleep(300)
      ended++
    }
    let isOver = false
    const loop = clock.every('work', 1_000, round, controller.signal).then(() => {
      isOver = true
    })
    const originMs = clock.monotonicMs()
    await vi.advanceTimersByTimeAsync(2_700)
    expect(beganMs.map((ms) => ms - originMs)).toEqual([0, 1_300, 2_600])
    controller.abort()
    await vi.advanceTimersByTimeAsync(100)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(100)
    await loop
    expect(ended).toBe(3)
  })

  test('an abort between two rounds ends the loop at once', async () => {
    const controller = new AbortController()
    let rounds = 0
    const loop = clock.every('work', 3_600_000, async () => void rounds++, controller.signal)
    await clock.sleep(1)
    controller.abort()
    await loop
    expect(rounds).toBe(1)
  })
})

describe('randomness', () => {
  test('tokens are 128 bits in hexadecimal, numbers lie in [0, 1)', () => {
    const random = new HostRandom()
    const tokens = Array.from({ length: 1_000 }, () => random.token())
    expect(tokens.every((token) => /^[0-9a-f]{32}$/.test(token))).toBe(true)
    expect(new Set(tokens).size).toBe(tokens.length)
    const units = Array.from({ length: 1_000 }, () => random.unit())
    expect(units.every((unit) => unit >= 0 && unit < 1)).toBe(true)
    expect(Math.max(...units) - Math.min(...units)).toBeGreaterThan(0.9)
  })
})

describe('the pool', () => {
  const pool = new InlinePool()
  const task = { name: 'work' }

  test('what the work throws is a rejection, and an aborted wait does not begin it', async () => {
    expect(await pool.run(task, () => 7)).toBe(7)
    const wrong = new Error('wrong')
    await expect(
      pool.run(task, () => {
        throw wrong
      }),
    ).rejects.toBe(wrong)
    let ran = false
    const begin = () => {
      ran = true
    }
    await expect(pool.run(task, begin, AbortSignal.abort('enough'))).rejects.toBe('enough')
    expect(ran).toBe(false)
  })
})

describe('the database', () => {
  test.each([
    ['normal', 1],
    ['full', 2],
  ] as const)(
    'is opened in WAL for durability %s, and closed with nothing left in its log',
    (durability, synchronous) => {
      const { ports, directory } = hostHouse()
      expect(ports.database.pragma('journal_mode', { simple: true })).toBe('wal')
      const file = join(directory, 'own.db')
      const database = openDatabase(file, { durability, busyMs: 1_234 })
      expect(database.pragma('synchronous', { simple: true })).toBe(synchronous)
      expect(database.pragma('busy_timeout', { simple: true })).toBe(1_234)
      expect(database.pragma('foreign_keys', { simple: true })).toBe(1)
      database.close()
    },
  )

  test('only its owner may read it', () => {
    const { directory, ports } = hostHouse()
    ports.database.exec('CREATE TABLE marks (id INTEGER PRIMARY KEY)')
    for (const name of ['jobs.db', 'jobs.db-wal', 'jobs.db-shm'])
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
  })

  test('closing moves the log into the file', () => {
    const { directory, ports, close } = hostHouse()
    ports.database.exec("CREATE TABLE marks (text TEXT); INSERT INTO marks VALUES ('written at last')")
    close()
    expect(readFileSync(join(directory, 'jobs.db'), 'latin1')).toContain('written at last')
    close()
  })

  test('a file that cannot be used is refused with a sentence that says why', () => {
    const { directory } = hostHouse()
    const open = (file: string) => () => openDatabase(join(directory, file), { durability: 'normal', busyMs: 10 })
    expect(open('no/jobs.db')).toThrow(`there is no directory ${directory}/no: make it, or choose another file`)
    mkdirSync(join(directory, 'place'))
    expect(open('place')).toThrow(`${directory}/place is not a file: choose another one`)
    writeFileSync(join(directory, 'text'), 'hello '.repeat(1_000))
    expect(open('text')).toThrow(`${directory}/text is not a SQLite database, or it is damaged`)
    expect(open('text/jobs.db')).toThrow(`${directory}/text is not a directory: choose another file`)
  })

  test.skipIf(isRoot)('without the permission it says so', () => {
    const { directory } = hostHouse()
    const open = (file: string) => () => openDatabase(join(directory, file), { durability: 'normal', busyMs: 10 })
    mkdirSync(join(directory, 'place'), 0o500)
    expect(open('place/jobs.db')).toThrow(/^no permission to read and write .*place\/jobs\.db/)
    writeFileSync(join(directory, 'closed.db'), '')
    chmodSync(join(directory, 'closed.db'), 0o400)
    expect(open('closed.db')).toThrow(/^no permission to read and write .*closed\.db/)
  })

  test('is not inherited by a child', async () => {
    const { ports, spec, directory } = hostHouse()
    ports.database.exec('CREATE TABLE marks (id INTEGER PRIMARY KEY)')
    const given = spec(['sh', '-c', 'ls -l /proc/self/fd'])
    const child = await ports.processes.spawn(given)
    expect(await child.exited).toEqual({ code: 0, signal: null })
    const isDatabase = (link: string) => /jobs\.db(-wal|-shm)?$/.test(link)
    const links = readFileSync(ports.files.outputOf(given.run), 'utf8').match(/\d+ -> .*/g)!
    expect(links.slice(0, 3)).toEqual([
      '0 -> /dev/null',
      ...[1, 2].map((fd) => `${fd} -> ${directory}/jobs.db-runs/1/output.log`),
    ])
    expect(links.filter(isDatabase)).toEqual([])
    const own = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`], { encoding: 'utf8' }).split('\n')
    expect(own.filter(isDatabase).length).toBeGreaterThan(0)
  })
})

test('other platforms are refused with a sentence', () => {
  expect(() => processReader('win32')).toThrow('processes cannot be told apart on win32: run the orchestrator on Linux')
})
