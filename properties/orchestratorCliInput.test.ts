/** What a person can get wrong with the queue on the command line: one sentence, exit code 2, and nothing is changed. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { durationMs, durationWords } from '../src/cli/queue/duration.ts'
import { queueCommands } from '../src/cli/queue/index.ts'
import { jobLines } from '../src/cli/queue/jobTable.ts'
import { Notices } from '../src/cli/queue/notices.ts'
import { refuseSwallowedOptions } from '../src/cli/swallowed.ts'
import type { JobView } from '../src/library/index.ts'
import { strandline } from './support/cli.ts'
import { Place } from './support/upAndRunning.ts'

let place: Place
beforeAll(async () => {
  place = new Place()
  await place.put(['true'])
  const at = (name: string) => join(place.folder, name)
  mkdirSync(at('directory'))
  writeFileSync(at('text.db'), 'this is no database at all\n'.repeat(100))
  const foreign = new BetterSqlite3(at('foreign.db'))
  foreign.exec('CREATE TABLE theirs (id INTEGER)')
  foreign.close()
  const newer = new BetterSqlite3(at('newer.db'))
  newer.pragma('user_version = 999')
  newer.close()
})
afterAll(() => place.clear())

/** The folder is called HERE in the sentences. */
const mistakes: readonly [words: string, sentence: string][] = [
  ['submit', 'say what to run: a command after --, or an image that has one with --image'],
  ['submit --', 'say what to run: a command after --, or an image that has one with --image'],
  ['submit --image', "option '--image <name>' argument missing; see --help"],
  ['submit --image= -- true', 'image must be the name of an image, such as alpine:3, without blanks, not ""'],
  ['submit --image -- true', 'image must be the name of an image, such as alpine:3, without blanks, not "--"'],
  [
    `submit --image app:1\u001b[2J -- true`,
    'image must be the name of an image, such as alpine:3, without blanks, not "app:1\\u001b[2J"',
  ],
  [
    'submit --image app:1 --cwd src -- true',
    'with --image, --cwd is a directory of the container: give an absolute path, not "src"',
  ],
  [
    'submit --image app:1 --env STRANDLINE_STATE=x',
    'environment must not set STRANDLINE_STATE: the orchestrator sets it for each run',
  ],
  [
    'submit --image app:1 --shell',
    "--shell takes one text: put quotes around the whole command, as in --shell -- 'date; sleep 1'",
  ],
  ['submit --no-such-option -- true', "unknown option '--no-such-option'; see --help"],
  [
    'submit --priority high -- true',
    '--priority must be a whole number from -1,000,000,000 to 1,000,000,000, not "high"',
  ],
  ['submit --attempts 0 -- true', '--attempts must be a whole number from 1 to 1,000,000, not "0"'],
  ['submit --delay soon -- true', '--delay must be a span of time such as 500ms, 10s, 5m, 2h or 1d, not "soon"'],
  ['submit --delay -5s -- true', '--delay must be a span of time such as 500ms, 10s, 5m, 2h or 1d, not "-5s"'],
  [
    'submit --delay 99999999d -- true',
    '--delay must be a span of time such as 500ms, 10s, 5m, 2h or 1d, not "99999999d"',
  ],
  ['submit --cwd nowhere -- true', '--cwd must be a directory that exists, not "nowhere"'],
  ['submit --cwd text.db -- true', '--cwd must be a directory that exists, not "text.db"'],
  ['submit --env =x -- true', '--env takes NAME or NAME=VALUE, not "=x"'],
  ['submit --env NOT_SET_HERE -- true', '--env NOT_SET_HERE: it is not set here, so give a value: NOT_SET_HERE=VALUE'],
  [
    'submit --env STRANDLINE_RUN=x -- true',
    'environment must not set STRANDLINE_RUN: the orchestrator sets it for each run',
  ],
  [
    'submit --shell -- echo a',
    "--shell takes one text: put quotes around the whole command, as in --shell -- 'date; sleep 1'",
  ],
  [
    `submit --repo ${'r'.repeat(201)} -- true`,
    'repo must be a text of 1 to 200 characters without control characters, not "',
  ],
  ['jobs --status sleeping', 'unknown status "sleeping": choose queued, running, done, failed, cancelled'],
  ['jobs --limit -1', '--limit must be a whole number from 1 to 9,007,199,254,740,991, not "-1"'],
  ['jobs --db none.db', 'there is no database HERE/none.db: "strandline submit" makes one, and --db names another'],
  ['status --db', "option '--db <file>' argument missing; see --help"],
  ['status --db=', '--db is empty: give the path of a file'],
  ['submit --db nowhere/jobs.db -- true', 'there is no directory HERE/nowhere: make it, or choose another file'],
  ['up --db nowhere/jobs.db', 'there is no directory HERE/nowhere: make it, or choose another file'],
  ['submit --db text.db/jobs.db -- true', 'HERE/text.db is not a directory: choose another file'],
  ['status --db directory', 'HERE/directory is not a file: choose another one'],
  ['up --db directory', 'HERE/directory is not a file: choose another one'],
  ['jobs --db text.db', 'HERE/text.db is not a SQLite database, or it is damaged: choose another file, or restore it'],
  ['up --db text.db', 'HERE/text.db is not a SQLite database, or it is damaged: choose another file, or restore it'],
  [
    'submit --db foreign.db -- true',
    'HERE/foreign.db cannot be used: the file is a database of another program: choose another file',
  ],
  [
    'up --db newer.db',
    'HERE/newer.db cannot be used: the database has schema version 999, this strandline knows up to ',
  ],
  [
    'submit --db newer.db --image app:1',
    'HERE/newer.db cannot be used: the database has schema version 999, this strandline knows up to ',
  ],
  [
    'relaunch 1 --db newer.db',
    'HERE/newer.db cannot be used: the database has schema version 999, this strandline knows up to ',
  ],
  ['relaunch', "missing required argument 'id'; see --help"],
  ['relaunch 7', 'there is no job 7 in HERE/jobs.db: "strandline jobs" lists them'],
  ['relaunch one', `a job's id is a whole number, as "strandline jobs" shows it, not "one"`],
  ['relaunch 1 --db none.db', 'there is no database HERE/none.db: "strandline submit" makes one, and --db names'],
  ['logs', "missing required argument 'id'; see --help"],
  ['logs ../../etc/passwd', `a job's id is a whole number, as "strandline jobs" shows it, not "../../etc/passwd"`],
  ['logs 1e3', `a job's id is a whole number, as "strandline jobs" shows it, not "1e3"`],
  ['logs 0', `a job's id is a whole number, as "strandline jobs" shows it, not "0"`],
  [
    'logs 99999999999999999999',
    `a job's id is a whole number, as "strandline jobs" shows it, not "99999999999999999999"`,
  ],
  ['logs 7', 'there is no job 7 in HERE/jobs.db: "strandline jobs" lists them'],
  ['logs 1 --run 2', 'job 1 has no run 2: it has not run yet'],
  ['logs 1 2', "too many arguments for 'logs'. Expected 1 argument but got 2: 1, 2; see --help"],
  ['cancel 7', 'there is no job 7 in HERE/jobs.db: "strandline jobs" lists them'],
  ['delete 7 --json', 'there is no job 7 in HERE/jobs.db: "strandline jobs" lists them'],
  ['cancel one', `a job's id is a whole number, as "strandline jobs" shows it, not "one"`],
  ['up --concurrency 0', '--concurrency must be a whole number from 1 to 10,000, not "0"'],
  ['up --engine none.sock', '--engine: there is no HERE/none.sock: start the engine, or give its socket'],
  ['up --engine unix://text.db', '--engine: HERE/text.db is not a socket: give that of the engine'],
  [
    'up --engine tcp://other:2375',
    '--engine must be the path of a socket, not "tcp://other:2375": what is elsewhere, DOCKER_HOST names',
  ],
  ['up --drain long', '--drain must be a span of time such as 500ms, 10s, 5m, 2h or 1d, not "long"'],
  [
    'up --durability most',
    "option '--durability <which>' argument 'most' is invalid. Allowed choices are normal, full; see --help",
  ],
  ['subit', 'unknown command "subit", did you mean "submit"? (choose '],
]

describe('a mistake', () => {
  it.each(mistakes)('%.60s', async (words, sentence) => {
    const before = contents()
    const { code, stdout, stderr } = await place.run(words.split(' '))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const said = stderr.replaceAll(place.folder, 'HERE')
    expect(said.startsWith(`strandline: ${sentence}`), said).toBe(true)
    expect(said.trimEnd().split('\n')).toHaveLength(1)
    expect(contents()).toEqual(before)
    expect(await place.queue.counts()).toMatchObject({ queued: 1, cancelled: 0 })
  })

  it('is a database that another process has locked for long', async () => {
    const holder = new BetterSqlite3(place.db)
    holder.exec('BEGIN IMMEDIATE')
    try {
      const { code, stderr } = await place.run(['submit', '--', 'true'])
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `strandline: ${place.db} is locked by another process for long: try again later\n`,
      })
    } finally {
      holder.exec('ROLLBACK')
      holder.close()
    }
  })

  it.skipIf(process.getuid?.() === 0)('is a directory in which nothing may be written', async () => {
    const directory = join(place.folder, 'locked')
    mkdirSync(directory)
    chmodSync(directory, 0o500)
    const { code, stderr } = await place.run(['submit', '--db', 'locked/jobs.db', '--', 'true'])
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no permission to read and write'),
    })
  })

  it.each([
    ['priority', 'npm_config_priority', '3'],
    ['shell', 'npm_config_shell', 'true'],
    ['json', 'npm_config_json', 'true'],
    ['time-limit', 'npm_config_time_limit', 'true'],
    ['token', 'npm_config_token_description', 'x'],
  ])('is an option that npm has kept for itself: --%s', async (option, variable, value) => {
    const env = { npm_lifecycle_event: 'submit', [variable]: value }
    const { code, stdout, stderr } = await place.run(['submit', 'true'], { env })
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `strandline: npm has kept --${option} for itself: put -- before the options, as in "npm run -s submit -- --${option} …"\n`,
    })
  })

  it('is such an option for each that any command has', async () => {
    const helps = await Promise.all(
      [...Object.keys(queueCommands), 'hunt', 'replay', 'stress', 'sweep', 'merge', 'bisect', 'corpus', 'defects'].map(
        (name) => strandline([name, '--help']),
      ),
    )
    const long = helps.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name!),
    )
    // npm takes --engine for its --engine-strict, which people set for good; what follows is left over, and refused.
    const kept = new Set(long.filter((name) => name !== 'help' && name !== 'engine'))
    expect(kept.size).toBeGreaterThan(40)
    for (const name of kept) {
      const variable = name === 'token' ? 'token_description' : name.replaceAll('-', '_')
      const env = { npm_lifecycle_event: 'any', [`npm_config_${variable}`]: 'true' }
      expect(() => refuseSwallowedOptions(env), name).toThrow(`npm has kept --${name} for itself`)
    }
  })
})

function contents(): readonly string[] {
  return readdirSync(place.folder).filter((name) => !/-(wal|shm)$/.test(name))
}

describe('the database', () => {
  it('is the one of --db, else of the environment, else strandline.db here', async () => {
    const env = { STRANDLINE_DB: '' }
    const cwd = join(place.folder, 'directory')
    const made = await place.run(['submit', '--', 'true'], { env, cwd })
    expect(made.stderr).toBe(`made a new database, ${join(cwd, 'strandline.db')}\n`)
    expect((await place.run(['submit', '--', 'true'], { env, cwd })).stderr).toBe('')
    await place.run(['submit', '--db', 'other.db', '--', 'true'], { cwd })
    expect(existsSync(join(cwd, 'other.db'))).toBe(true)
    expect(await place.json(['status'], { cwd })).toMatchObject({ db: place.db })
  })
})

describe('the commands of the queue', () => {
  it('load nothing of the simulation, and of the library only what they need', async () => {
    const loaded = async (...words: string[]) => {
      const list = fileURLToPath(new URL('./support/loadedFiles.ts', import.meta.url))
      const { stderr } = await place.run(words, { node: ['--import', list] })
      return stderr.split('\n')
    }
    const jobs = (await loaded('jobs')).join()
    expect(jobs).toContain('/src/library/queue.ts')
    expect(jobs).toContain('/better-sqlite3/')
    expect(jobs).not.toMatch(/\/src\/(sim|explore|subjects)\/|fast-check|jstat/)
    for (const words of [['submit', '--help'], ['--version']])
      expect((await loaded(...words)).join()).not.toMatch(/\/src\/(library|system|host|sim|explore)\/|better-sqlite3/)
    expect((await loaded('defects', 'toy')).join()).not.toMatch(/\/src\/(library|host)\//)
  })

  it('have nothing to do with containers until there is one', async () => {
    const own = new Place()
    try {
      const id = await own.put(['true'])
      const list = fileURLToPath(new URL('./support/loadedFiles.ts', import.meta.url))
      const up = own.start(['up'], { env: { NODE_OPTIONS: `--import=${list}`, DOCKER_HOST: 'tcp://127.0.0.1:1' } })
      await own.reaches(id, 'done')
      expect(await up.stop()).toBe(0)
      expect(up.stderr).toContain('/src/host/engine.ts')
      expect(up.stderr).not.toMatch(/dockerode|docker-modem/)
    } finally {
      await own.clear()
    }
  })

  it('stand in the help beside those that play simulated runs', async () => {
    const { stdout } = await strandline(['--help'])
    const [simulated, queue] = stdout.split('\nThe queue:\n') as [string, string]
    expect(simulated).toMatch(/\nSimulated runs:\n +hunt /)
    for (const name of ['up', 'submit', 'jobs', 'logs', 'cancel', 'delete', 'relaunch', 'status'])
      expect(queue).toMatch(new RegExp(`^ +${name} `, 'm'))
  })
})

describe('the example of the documentation', () => {
  it('does what it says', async () => {
    const own = new Place()
    try {
      writeFileSync(join(own.folder, 'strandline'), `#!/bin/sh\nexec "${process.execPath}" "${mainFile}" "$@"\n`)
      chmodSync(join(own.folder, 'strandline'), 0o755)
      const script = fileURLToPath(new URL('../docs/examples/orchestrator.sh', import.meta.url))
      const { code, stdout, stderr } = await own.shell(script)
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('made a new database') })
      expect(stdout).toMatch(/^1\n2\n/)
      for (const line of ['no shell reads $HOME', 'job 2 is deleted', 'stopped: nothing runs any more'])
        expect(stdout).toContain(`\n${line}\n`)
      expect(await own.queue.jobs()).toMatchObject([{ id: 1, status: 'done' }])
      expect(readFileSync(script, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(10)
    } finally {
      await own.clear()
    }
  })
})

const mainFile = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

describe('spans of time', () => {
  it.each([
    ['500ms', 500, '500 ms'],
    ['10s', 10_000, '10 s'],
    ['90', 90_000, '1 min'],
    ['1.5h', 5_400_000, '1 h 30 min'],
    ['51h', 183_600_000, '2 d 3 h'],
    ['0', 0, '0 ms'],
  ])('%s is read and said', (text, ms, words) => {
    expect([durationMs('--delay')(text), durationWords(ms)]).toEqual([ms, words])
  })
})

describe('a table of jobs', () => {
  it('fits its reader', () => {
    const job: Partial<JobView> = {
      status: 'failed',
      argv: ['echo', 'x'.repeat(200)],
      image: null,
      attempts: 1,
      maxAttempts: 2,
      createdAt: new Date(0),
      availableAt: null,
      cancelRequestedAt: null,
      startedAt: new Date(1_000),
      finishedAt: new Date(3_000),
      error: 'e'.repeat(100),
    }
    const jobs = [1, 22].map((id) => ({ ...job, id }) as JobView)
    for (const columns of [80, 100, 140]) {
      const lines = jobLines(jobs, 60_000, columns)
      expect(lines.map((line) => line.length).toSorted((a, b) => b - a)[0]).toBe(columns)
      expect(lines[1]).toMatch(/^ 1 {2}failed {2}1\/2 {4}1 min {3}2 s {2}echo x+… {2}e+…$/)
    }
    expect(jobLines(jobs, 60_000, undefined)[1]!.length).toBeGreaterThan(300)
    const contained = { ...jobs[0]!, argv: ['echo', 'a b'], image: 'app:1', error: null }
    expect(jobLines([contained], 60_000, 80)[1]).toMatch(/ 2 s {2}\[app:1\] echo 'a b'$/)
    expect(jobLines([{ ...contained, argv: [] }], 60_000, 80)[1]).toMatch(/ 2 s {2}\[app:1\]$/)
    const task = { ...jobs[0]!, argv: null, task: 'thumbnail', payload: { file: 'a b.jpg' }, error: null }
    expect(jobLines([task], 60_000, 80)[1]).toMatch(/ 2 s {2}thumbnail {"file":"a b\.jpg"}$/)
    const running = { ...task, status: 'running' as const, finishedAt: null, cancelRequestedAt: new Date(5_000) }
    expect(jobLines([running], 61_000, 80)[1]).toMatch(/^ 1 {2}cancelling .* 1 min {2}thumbnail /)
  })
})

describe('what an orchestrator says', () => {
  it('is a sentence, and of the same failure not again and again', () => {
    const said: string[] = []
    let nowMs = 0
    const notices = new Notices(
      (line) => said.push(line),
      () => nowMs,
    )
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    for (let round = 0; round < 10; round++) {
      notices.error(full)
      notices.error(new Error('odd\nin detail'))
      nowMs += 1_000
    }
    notices.notice('jobs are started again')
    notices.notice('jobs are started again')
    expect(said).toEqual([
      'strandline: the database could not be used, and is tried again: database or disk is full (SQLITE_FULL)',
      'strandline: something failed, and is tried again: odd',
      'strandline: jobs are started again',
      'strandline: jobs are started again',
    ])
    nowMs += 60_000
    notices.error(full)
    expect(said).toHaveLength(5)
  })
})
