/** The library as programs use it: a queue, a worker with handlers, what may be submitted, and what is left behind. */
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Handlers,
  HeldError,
  HostError,
  type JobId,
  type JobSpec,
  LeftFilesError,
  NonRetryableError,
  openQueue,
  type Queue,
  RetryableError,
  SchemaError,
  SpecError,
  startWorker,
  type Worker,
  type WorkerSettings,
} from '../src/library/index.ts'
import { rival } from './support/rival.ts'
import { until } from './support/upAndRunning.ts'

let folder: string
let file: string
let queue: Queue
let workers: Worker[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strandline-'))
  file = join(folder, 'jobs.db')
  queue = openQueue(file)
  workers = []
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  queue.close()
  rmSync(folder, { recursive: true })
})

async function start(settings: WorkerSettings): Promise<Worker> {
  const worker = await startWorker(file, { ...settings, options: { pollMs: 10, ...settings.options } })
  workers.push(worker)
  return worker
}

function reaches(id: number, status: string) {
  return until(`job ${id} to be ${status}`, async () => {
    const job = await queue.job(id)
    return job?.status === status && job
  })
}

describe('a worker', () => {
  it('carries tasks out by its handlers, and commands as processes', async () => {
    const task = await queue.submit({ task: 'note', payload: { a: [1, null, 'ä'] } })
    const command = await queue.submit({ argv: ['/bin/echo', 'a  b'] })
    const seen: unknown[] = []
    await start({ handlers: { note: ({ id, task, payload, attempt }) => seen.push({ id, task, payload, attempt }) } })
    expect(await reaches(task, 'done')).toMatchObject({ task: 'note', argv: null, payload: { a: [1, null, 'ä'] } })
    expect(await reaches(command, 'done')).toMatchObject({ argv: ['/bin/echo', 'a  b'], task: null, error: null })
    expect(seen).toEqual([{ id: task, task: 'note', payload: { a: [1, null, 'ä'] }, attempt: 1 }])
    expect(await queue.runs(command)).toMatchObject([{ attempt: 1, exitCode: 0, outcome: 'done', phase: 'finished' }])
  })

  it('tells errors that pass from those that do not, and from all others', async () => {
    let tries = 0
    const handlers = {
      passing: () => {
        if (++tries < 3) throw new RetryableError('overloaded', { afterMs: 1 })
      },
      hopeless: () => {
        throw new NonRetryableError('there is no such page')
      },
      faulty: () => Promise.reject(new TypeError('oh')),
    }
    const ids = await Promise.all(Object.keys(handlers).map((task) => queue.submit({ task, maxAttempts: 2 })))
    const [passing, hopeless, faulty] = ids as readonly number[] as readonly [number, number, number]
    await start({ handlers })
    expect(await reaches(passing, 'done')).toMatchObject({ attempts: 1, transientAttempts: 2 })
    expect(await reaches(hopeless, 'failed')).toMatchObject({ attempts: 1, error: 'there is no such page' })
    expect(await reaches(faulty, 'failed')).toMatchObject({ attempts: 2, error: 'TypeError: oh' })
  })

  it('aborts the signal of a job that is cancelled', async () => {
    const id = await queue.submit({ task: 'wait' })
    let reason: unknown
    await start({
      handlers: {
        wait: (_, { signal }) =>
          sleep(60_000, undefined, { signal }).catch((error: Error) => {
            reason = error.cause
          }),
      },
    })
    await reaches(id, 'running')
    expect(await queue.cancel(id)).toBe('cancelling')
    await reaches(id, 'cancelled')
    expect(reason).toEqual(new Error('the job was cancelled'))
  })

  it('shows runs to those who look only where they are in containers', async () => {
    const id = await queue.submit({ argv: ['sleep', '60'], environment: { PATH: process.env.PATH! } })
    const worker = await start({ options: { drainMs: 0 } })
    await reaches(id, 'running')
    expect([worker.connect(id), worker.connect(99)]).toEqual([undefined, undefined])
    expect(() => worker.connect(Number.NaN)).toThrow(SpecError)
    expect(await worker.stop()).toMatchObject({ left: 0, abandoned: 1 })
  })

  it('leaves tasks to others for which it has no handler', async () => {
    const id = await queue.submit({ task: 'foreign' })
    const other = await queue.submit({ task: 'own' })
    await start({ handlers: { own: () => undefined } })
    await reaches(other, 'done')
    expect(await queue.job(id)).toMatchObject({ status: 'queued', attempts: 0 })
  })

  it('runs as many at the same time as it may', async () => {
    let [now, most] = [0, 0]
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => queue.submit({ task: 'count' })))
    const worker = await start({
      concurrency: 3,
      handlers: {
        count: async () => {
          most = Math.max(most, ++now)
          await gate
          now--
        },
      },
    })
    await until('three at the same time', () => now === 3)
    expect(await worker.underWay()).toBe(3)
    open()
    for (const id of ids) await reaches(id, 'done')
    expect(most).toBe(3)
  })

  it('waits for what runs when it is stopped, and gives back what does not end', async () => {
    const [quick, endless] = [await queue.submit({ task: 'quick' }), await queue.submit({ task: 'endless' })]
    const worker = await start({
      concurrency: 2,
      options: { drainMs: 200 },
      handlers: {
        quick: () => sleep(50),
        endless: (_, { signal }) => sleep(60_000, undefined, { signal }),
      },
    })
    await reaches(endless, 'running')
    const stopped = await worker.stop()
    expect(stopped).toMatchObject({ abandoned: 1, status: { jobs: { queued: 1, running: 0, done: 1 } } })
    expect(await worker.stop()).toBe(stopped)
    expect(await queue.job(quick)).toMatchObject({ status: 'done' })
    expect(await queue.job(endless)).toMatchObject({ status: 'queued', attempts: 0 })
  })

  it('is alone on its database unless all share it', async () => {
    const worker = await start({})
    await expect(startWorker(file)).rejects.toThrow(HeldError)
    expect(await queue.servers()).toMatchObject([{ pid: process.pid, state: 'up', shared: false }])
    await worker.stop()
    await start({ shared: true })
    await start({ shared: true })
    expect(await queue.servers()).toHaveLength(2)
  })

  it('keeps a program alive until it is stopped and no longer, and installs no signal handlers', async () => {
    const library = new URL('../src/library/index.ts', import.meta.url).href
    const script = `
      const { startWorker } = await import(${JSON.stringify(library)})
      const worker = await startWorker(process.argv[1])
      console.log(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT') + process.listenerCount('exit'))
      process.stdin.once('data', () => { process.stdin.destroy(); worker.stop() })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, file])
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await until('its first words', () => stdout !== '')
    expect(child.exitCode).toBe(null)
    child.stdin.write('stop\n')
    expect(await ended).toBe(0)
    expect(stdout).toBe('0\n')
    expect(await queue.servers()).toEqual([])
  })
})

describe('a queue', () => {
  it('keeps what was submitted for whoever opens the file next', async () => {
    const spec = { argv: ['a', 'b c'], environment: { A: '1' }, directory: '/', priority: -3, maxAttempts: 7 } as const
    const id = await queue.submit({ ...spec, repo: 'r', agent: 'g', delayMs: 60_000 })
    queue.close()
    queue = openQueue(file, { create: false })
    const job = (await queue.job(id))!
    expect(job).toMatchObject({ ...spec, repo: 'r', agent: 'g', status: 'queued' })
    expect(job.availableAt!.getTime() - job.createdAt.getTime()).toBe(60_000)
    expect(await queue.jobs({ status: 'queued', limit: 1 })).toEqual([job])
    expect(await queue.counts()).toEqual({ queued: 1, running: 0, done: 0, failed: 0, cancelled: 0 })
    expect([await queue.cancel(99), await queue.delete(99), await queue.job(99)]).toEqual([
      'unknown',
      'unknown',
      undefined,
    ])
    expect([await queue.delete(id), await queue.job(id)]).toEqual(['deleted', undefined])
  })

  it('takes the work of a finished job again, and of no other', async () => {
    const spec = { image: 'app:1', argv: ['a'], environment: { A: '1' }, directory: '/in', priority: -3 } as const
    const id = await queue.submit({ ...spec, repo: 'r', maxAttempts: 7, delayMs: 60_000 })
    expect(await queue.relaunch(id)).toBe('unfinished')
    const [first] = [(await queue.job(id))!, await queue.cancel(id)]
    const again = (await queue.relaunch(id)) as JobId
    const job = (await queue.job(again))!
    expect(job).toMatchObject({ ...spec, repo: 'r', maxAttempts: 7, availableAt: null, status: 'queued', attempts: 0 })
    expect(first.mount).toMatch(new RegExp(`^${file}-runs/mount-${id}-[0-9a-f]{32}$`))
    expect(job.mount).toBe(first.mount)
    await queue.delete(id)
    expect([await queue.relaunch(id), await queue.relaunch(99)]).toEqual(['unknown', 'unknown'])
    await expect(queue.relaunch(0.5)).rejects.toThrow(SpecError)
  })

  it('can be made by many at once', async () => {
    const rivals = await Promise.all([1, 2, 3, 4].map(() => rival('newQueueScript.ts', folder)))
    for (let n = 0; n < 100; n++) {
      const said = await Promise.all(rivals.map((one) => one.ask()))
      expect(said.toSorted()).toEqual([1, 2, 3, 4])
    }
    for (const one of rivals) one.end()
  })

  it('refuses files that it cannot use, and changes nothing in them', () => {
    expect(() => openQueue(join(folder, 'none.db'), { create: false })).toThrow(HostError)
    expect(existsSync(join(folder, 'none.db'))).toBe(false)
    expect(() => openQueue(join(folder, 'none', 'jobs.db'))).toThrow(/there is no directory .*none: make it/)
    expect(() => openQueue(folder)).toThrow(/is not a file: choose another one/)
    expect(() => openQueue('')).toThrow(SpecError)
    writeFileSync(join(folder, 'text.db'), 'this is no database at all\n'.repeat(100))
    expect(() => openQueue(join(folder, 'text.db'))).toThrow(/is not a SQLite database, or it is damaged/)
    const foreign = new BetterSqlite3(join(folder, 'foreign.db'))
    foreign.exec('CREATE TABLE theirs (id INTEGER)')
    foreign.close()
    expect(() => openQueue(join(folder, 'foreign.db'))).toThrow(
      new SchemaError(
        `${join(folder, 'foreign.db')} cannot be used: the file is a database of another program: choose another file`,
      ),
    )
    const newer = new BetterSqlite3(join(folder, 'newer.db'))
    newer.pragma('user_version = 999')
    newer.close()
    expect(() => openQueue(join(folder, 'newer.db'))).toThrow(/has schema version 999, .*: use a newer strandline/)
  })
})

describe('the directory of the runs', () => {
  async function runOnce(path: string): Promise<void> {
    const own = openQueue(path)
    const id = await own.submit({ argv: ['echo', 'here'] })
    const worker = await startWorker(path, { options: { pollMs: 10 } })
    await until('the job to be done', async () => (await own.job(id))?.status === 'done')
    await worker.stop()
    own.close()
  }

  it('is the same whatever links lead to the database', async () => {
    await runOnce(file)
    symlinkSync('jobs.db', join(folder, 'link.db'))
    symlinkSync(folder, join(folder, 'elsewhere'))
    for (const path of [join(folder, 'link.db'), join(folder, 'elsewhere', 'link.db')]) {
      const linked = openQueue(path, { create: false })
      expect([linked.file, linked.runsDirectory]).toEqual([file, `${file}-runs`])
      expect(readFileSync(linked.outputOf(1), 'utf8')).toBe('here\n')
      linked.close()
    }
    const linked = openQueue(join(folder, 'link.db'), { create: false })
    expect(await linked.delete(1)).toBe('deleted')
    linked.close()
    expect(existsSync(queue.outputOf(1))).toBe(false)
  })

  it('is beside the new database that a link leads to', () => {
    mkdirSync(join(folder, 'real'))
    symlinkSync(join('real', 'new.db'), join(folder, 'link.db'))
    const made = openQueue(join(folder, 'link.db'))
    expect([made.file, made.runsDirectory]).toEqual([join(folder, 'real/new.db'), join(folder, 'real/new.db-runs')])
    expect(existsSync(join(folder, 'real/new.db'))).toBe(true)
    made.close()
  })

  it('moves with the database', async () => {
    await runOnce(file)
    queue.close()
    mkdirSync(join(folder, 'moved'))
    for (const name of ['jobs.db', 'jobs.db-runs']) renameSync(join(folder, name), join(folder, 'moved', name))
    file = join(folder, 'moved/jobs.db')
    queue = openQueue(file, { create: false })
    expect(readFileSync(queue.outputOf(1), 'utf8')).toBe('here\n')
    await runOnce(file)
  })

  it('is not that of another database, whose runs stay as they are', async () => {
    const runs = `${file}-runs`
    await runOnce(file)
    const other = openQueue(join(folder, 'other.db'), { runs })
    const id = await other.submit({ argv: ['true'] })
    const why = `the directory ${runs} holds the runs of another database: move it to where that one is, or remove it`
    await expect(startWorker(other.file, { runs })).rejects.toThrow(new HostError(why))
    expect(() => other.outputOf(1)).toThrow(new HostError(why))
    const error: unknown = await other.delete(id).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LeftFilesError)
    expect((error as Error).message).toBe(
      `job 1 is deleted; its files cannot be removed yet: ${why}; whoever is up next tries again`,
    )
    expect(await other.jobs()).toEqual([])
    expect(await other.servers()).toEqual([])
    other.close()
    expect(readFileSync(queue.outputOf(1), 'utf8')).toBe('here\n')
  })

  it('is refused too where the database was made anew, and taken when what was left is gone', async () => {
    await runOnce(file)
    queue.close()
    rmSync(file)
    queue = openQueue(file)
    await expect(startWorker(file)).rejects.toThrow(HostError)
    rmSync(`${file}-runs`, { recursive: true })
    await runOnce(file)
    expect(readFileSync(queue.outputOf(1), 'utf8')).toBe('here\n')
  })

  it('is refused where something else has a number for its name, and that stays', async () => {
    await runOnce(file)
    rmSync(`${file}-runs/.strandline`)
    mkdirSync(`${file}-runs/2024`)
    await expect(startWorker(file)).rejects.toThrow(
      new HostError(`${file}-runs/2024 is no run of this database: move it away, or have the runs elsewhere`),
    )
    expect(existsSync(`${file}-runs/2024`)).toBe(true)
    rmSync(`${file}-runs/2024`, { recursive: true })
    await runOnce(file)
    expect(readFileSync(queue.outputOf(1), 'utf8')).toBe('here\n')
  })

  it('is refused where it cannot be made', async () => {
    const runs = join(folder, 'none', 'runs')
    await expect(startWorker(file, { runs })).rejects.toThrow(
      new HostError(`there is no directory ${join(folder, 'none')}: make it, or have the runs elsewhere`),
    )
    writeFileSync(`${file}-runs`, '')
    await expect(startWorker(file)).rejects.toThrow(/^the directory .*-runs cannot be used for runs: ENOTDIR/)
    expect(() => queue.outputOf(1)).toThrow(/^the directory .*-runs cannot be used for runs: ENOTDIR/)
    expect(await queue.servers()).toEqual([])
  })
})

describe('a specification', () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  const wrong: readonly [why: string, spec: unknown][] = [
    ['a job must be an object, not "rm -rf"', 'rm -rf'],
    ['a job must have either argv, image or both, for a command, or task, the name of a handler', {}],
    ['a job must have either argv, image or both, for a command, or task', { argv: ['true'], task: 'one' }],
    ['a job must have either argv, image or both, for a command, or task', { image: 'app:1', task: 'one' }],
    ['image must be the name of an image, such as alpine:3, without blanks, not ""', { image: '' }],
    ['image must be the name of an image, such as alpine:3, without blanks, not 3', { image: 3 }],
    ['image must be the name of an image, such as alpine:3, without blanks, not "app 1"', { image: 'app 1' }],
    ['image must be the name of an image, such as alpine:3, without blanks, not "app\\n"', { image: 'app\n' }],
    ['image must be the name of an image, such as alpine:3, without blanks, not "--rm"', { image: '--rm' }],
    ['argv must be an array of texts, not "true"', { image: 'app:1', argv: 'true' }],
    ['argv[0] must be a text, not 7', { image: 'app:1', argv: [7] }],
    ['directory must be an absolute path, not "src"', { image: 'app:1', directory: 'src' }],
    ['environment must not set STRANDLINE_MOUNT', { image: 'app:1', environment: { STRANDLINE_MOUNT: '/' } }],
    ['there is no "mount" in a job with an image: choose among image, argv', { image: 'app:1', mount: '/' }],
    ['there is no "payload" in a job with an image', { image: 'app:1', payload: 1 }],
    ['argv must be an array of a program and its arguments, not "true"', { argv: 'true' }],
    ['argv must be an array of a program and its arguments, not an array', { argv: [] }],
    ['argv[0] is empty: name a program', { argv: ['', 'x'] }],
    ['argv[1] must be a text, not 7', { argv: ['echo', 7] }],
    ['argv[1] has a NUL byte in it', { argv: ['echo', 'a\0b'] }],
    ['argv[1] has half a character in it', { argv: ['echo', '\ud800'] }],
    ['argv[1] is longer than 131071 bytes', { argv: ['echo', 'x'.repeat(131_072)] }],
    ['argv and environment take 1048582 bytes', { argv: Array(16).fill('x'.repeat(65_533)) }],
    ['payload takes 1048578 bytes', { task: 'one', payload: 'x'.repeat(1_048_576) }],
    ['environment must be an object of names and texts, not an array', { argv: ['a'], environment: ['A=1'] }],
    ['environment has a variable called "A=B"', { argv: ['a'], environment: { 'A=B': '1' } }],
    ['environment has a variable called ""', { argv: ['a'], environment: { '': '1' } }],
    ['a name in environment has a NUL byte', { argv: ['a'], environment: { 'A\0': '1' } }],
    ['environment.A must be a text, not 1', { argv: ['a'], environment: { A: 1 } }],
    ['environment must not set STRANDLINE_RUN', { argv: ['a'], environment: { STRANDLINE_RUN: 'x' } }],
    ['directory must be an absolute path, not "./here"', { argv: ['a'], directory: './here' }],
    ['directory must be an absolute path, not ""', { argv: ['a'], directory: '' }],
    ['there is no "payload" in a job with argv', { argv: ['a'], payload: 1 }],
    ['there is no "maxAttempt" in a job with a task: choose among task, payload', { task: 'a', maxAttempt: 2 }],
    ['there is no "__proto__" in a job with argv', JSON.parse('{"argv":["a"],"__proto__":1}')],
    ['task must be a text of 1 to 200 characters', { task: '' }],
    ['task must be a text of 1 to 200 characters without control characters', { task: 'a\nb' }],
    ['repo must be a text of 1 to 200 characters', { argv: ['a'], repo: 'r'.repeat(201) }],
    ['priority must be a whole number from -1,000,000,000 to 1,000,000,000, not 0.5', { argv: ['a'], priority: 0.5 }],
    ['maxAttempts must be a whole number from 1 to 1,000,000, not 0', { argv: ['a'], maxAttempts: 0 }],
    ['delayMs must be a whole number from 0', { argv: ['a'], delayMs: -1 }],
    ['delayMs must be a whole number from 0', { argv: ['a'], delayMs: '5' }],
    ['transientDelayMs must be a whole number from 0', { argv: ['a'], transientDelayMs: Number.NaN }],
    ['payload is a function, which JSON cannot hold', { task: 'a', payload: () => 1 }],
    ['"n" in payload is a bigint, which JSON cannot hold', { task: 'a', payload: { n: 1n } }],
    ['"0" in payload is NaN, which JSON cannot hold', { task: 'a', payload: [Number.NaN] }],
    ['"m" in payload is a Map, which JSON cannot hold', { task: 'a', payload: { m: new Map() } }],
    ['payload cannot be written as JSON: Converting circular structure', { task: 'a', payload: circle }],
  ]

  it.each(wrong)('is refused: %s', async (why, spec) => {
    const error: unknown = await queue.submit(spec as JobSpec).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SpecError)
    expect((error as SpecError).message).toContain(why)
    expect(await queue.jobs()).toEqual([])
  })

  it('comes back as it went in, whatever its words are', async () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed())
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((value) => /^[^\p{Cc}=]+$/u.test(value))
    const argv = fc
      .tuple(
        text.filter((value) => value !== ''),
        fc.array(text),
      )
      .map(([head, rest]) => [head, ...rest])
    const command = fc.record({ argv, environment: fc.dictionary(name, text, { noNullPrototype: true }), repo: name })
    const image = fc.stringMatching(/^[a-z0-9][a-z0-9./_-]{0,30}(:[\w][\w.-]{0,20})?$/)
    const container = fc.record({ image, argv: fc.array(text), repo: name }, { requiredKeys: ['image'] })
    const task = fc.record({ task: name, payload: fc.jsonValue({ noUnicodeString: false }), agent: name })
    await fc.assert(
      fc.asyncProperty(fc.oneof(command, container, task), async (spec) => {
        const id = await queue.submit(spec as unknown as JobSpec)
        expect(await queue.job(id)).toMatchObject(JSON.parse(JSON.stringify(spec)) as object)
        await queue.delete(id)
      }),
      { numRuns: 200 },
    )
  })

  it('may leave fields undefined', async () => {
    const spec = { argv: ['true'], task: undefined, priority: undefined, delayMs: undefined }
    expect(await queue.submit(spec as unknown as JobSpec)).toBe(1)
    expect(await queue.job(1)).toMatchObject({ priority: 0, availableAt: null })
  })

  it('has ids that are whole numbers', async () => {
    for (const id of [0, -1, 1.5, Number.NaN, '1; DROP TABLE jobs', '../..'])
      await expect(queue.cancel(id as number)).rejects.toThrow(/^a job's id must be a whole number from 1/)
    expect(() => queue.outputOf('../../etc/passwd' as unknown as number)).toThrow(SpecError)
  })
})

it.each<[string, WorkerSettings]>([
  ['concurrency must be a whole number from 1 to 10,000, not 0', { concurrency: 0 }],
  ['concurrency must be a whole number from 1 to 10,000, not 1.5', { concurrency: 1.5 }],
  ['there is no "concurency" in the settings of a worker: choose among', { concurency: 2 } as WorkerSettings],
  ['there is no "pollMS" in options: choose among maxConcurrency', { options: { pollMS: 5 } as object }],
  ['maxConcurrency must be a whole number from 1', { options: { maxConcurrency: -1 } }],
  ['durability must be "normal" or "full", not "most"', { durability: 'most' as unknown as 'full' }],
  ['runs must be a path, not ""', { runs: '' }],
  ['engine must be a path, not ""', { engine: '' }],
  ['keepaliveMs must be a number from 0, not -1', { options: { keepaliveMs: -1 } }],
  ['shared must be true or false, not 1', { shared: 1 as unknown as boolean }],
  ['signal must be an AbortSignal, not "stop"', { signal: 'stop' as unknown as AbortSignal }],
  ['onError must be a function, not "log"', { onError: 'log' as unknown as () => void }],
  ['pollMs must be a number from 1, not 0', { options: { pollMs: 0 } }],
  ['drainMs must be a number from 0, not NaN', { options: { drainMs: Number.NaN } }],
  ['serialGate must be true or false, not "no"', { options: { serialGate: 'no' as unknown as boolean } }],
  ['the handler of "a" must be a function, not "b"', { handlers: { a: 'b' } as unknown as Handlers }],
])('a worker refuses settings: %s', async (why, settings) => {
  const error: unknown = await startWorker(file, settings).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SpecError)
  expect((error as SpecError).message).toContain(why)
})

describe('the example', () => {
  it('fetches pages, tries again what is overloaded, and ends when it is told to', async () => {
    let asked = 0
    const server = createServer(({ url }, response) => {
      if (url === '/busy') response.statusCode = ++asked < 2 ? 503 : 200
      if (url === '/none') response.statusCode = 404
      response.end('12345')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const urls = ['there', 'busy', 'none'].map((page) => `http://127.0.0.1:${port}/${page}`)
    const example = fileURLToPath(new URL('../docs/examples/worker.ts', import.meta.url))
    const child = spawn(process.execPath, [example, file, ...urls], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    await reaches(1, 'done')
    expect(await reaches(2, 'done')).toMatchObject({ transientAttempts: 1 })
    expect(await reaches(3, 'failed')).toMatchObject({ error: `there is no ${urls[2]}`, attempts: 1 })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(stdout.split('\n').toSorted()).toEqual([
      '',
      `job 1: 5 characters from ${urls[0]}`,
      `job 2: 5 characters from ${urls[1]}`,
    ])
    server.closeAllConnections()
    server.close()
  })
})
