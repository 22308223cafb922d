/** A database in a folder of its own, the command line on it as people use it, and an orchestrator that is up for a while. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CommandSpec, openQueue, type Queue } from '../../src/library/index.ts'
import { type Ended, type How, strandline } from './cli.ts'

type Terms = Omit<CommandSpec, 'argv' | 'directory' | 'environment'>

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const DEADLINE_MS = 60_000
const LOOK_MS = 20

/** Looks again and again; fails when it takes too long, and says what it waited for. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false) {
  const beginMs = performance.now()
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() - beginMs > DEADLINE_MS) throw new Error(`waited in vain for ${what}`)
    await sleep(LOOK_MS)
  }
}

/** A command that goes on until it is told to stop. */
export class Going {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<Pick<Ended, 'code' | 'signal'>>

  constructor(words: readonly string[], { env = {}, cwd }: How) {
    this.child = spawn(process.execPath, [main, ...words], { env: { ...process.env, ...env }, cwd })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => resolve({ code, signal })))
  }

  get pid(): number {
    return this.child.pid!
  }

  says(text: string): Promise<unknown> {
    return until(`"${text}" in ${this.stdout}${this.stderr}`, () => (this.stdout + this.stderr).includes(text))
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal)
    return (await this.ended).code
  }
}

export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'strandline-'))
  readonly db = join(this.folder, 'jobs.db')
  private readonly going: Going[] = []
  private opened: Queue | undefined

  get queue(): Queue {
    this.opened ??= openQueue(this.db)
    return this.opened
  }

  /** Runs a command on the database, in its folder. */
  run(words: readonly string[], how: How = {}): Promise<Ended> {
    return strandline(words, { cwd: this.folder, ...how, env: { STRANDLINE_DB: this.db, ...how.env } })
  }

  async json<T>(words: readonly string[], how: How = {}): Promise<T> {
    const { code, stdout, stderr } = await this.run([...words, '--json'], how)
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Submits by the command line; the id. */
  async submit(words: readonly string[], how: How = {}): Promise<number> {
    const { code, stdout, stderr } = await this.run(['submit', ...words], how)
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
    return Number(stdout)
  }

  /** Submits by the library, which takes no time. */
  put(argv: readonly [string, ...string[]], terms: Terms = {}): Promise<number> {
    const { PATH = '' } = process.env
    return this.queue.submit({ argv, directory: this.folder, environment: { PATH }, ...terms })
  }

  start(words: readonly string[], how: How = {}): Going {
    const going = new Going(words, { cwd: this.folder, ...how, env: { STRANDLINE_DB: this.db, ...how.env } })
    this.going.push(going)
    return going
  }

  /** Runs a script in the folder, whose programs are found first. */
  async shell(script: string): Promise<Ended> {
    const env = { ...process.env, PATH: `${this.folder}:${process.env.PATH}` }
    const child = spawn('sh', ['-e', script], { cwd: this.folder, env })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { code, signal, stdout, stderr }
  }

  async up(...words: readonly string[]): Promise<Going> {
    const going = this.start(['up', ...words])
    await Promise.race([going.says('up: process'), going.ended])
    return going
  }

  /** Running, with a process. */
  runs(id: number) {
    return until(`a process of job ${id}`, async () => {
      const job = await this.queue.job(id)
      return job?.status === 'running' && job.pid !== null && { ...job, pid: job.pid }
    })
  }

  reaches(id: number, status: string) {
    return until(`job ${id} to be ${status}`, async () => {
      const job = await this.queue.job(id)
      return job?.status === status && job
    })
  }

  /** Ends whatever is left, and leaves nothing behind. */
  async clear(): Promise<void> {
    for (const { child } of this.going) child.kill('SIGKILL')
    for (const { ended } of this.going) await ended
    for (const { pid } of await this.queue.jobs({ status: 'running' })) if (pid !== null) killGroup(pid)
    this.queue.close()
    rmSync(this.folder, { recursive: true })
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {}
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
