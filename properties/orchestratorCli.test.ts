/** The orchestrator on the real machine, through the command line: the whole life of a job, and of who runs it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobView } from '../src/library/index.ts'
import { isAlive, Place, until } from './support/upAndRunning.ts'

let place: Place
beforeEach(() => {
  place = new Place()
})
afterEach(() => place.clear())

type Shown = Omit<JobView, 'environment'>

/** Ends when `file` is there. */
function waitsFor(file: string): [string, ...string[]] {
  return ['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.05; done', file]
}

describe('a job', () => {
  it('is submitted while nobody is up, runs when somebody is, and its output stays', async () => {
    const first = await place.run(['submit', '--', 'sh', '-c', 'echo out; echo err >&2; printf "no end of line"'])
    expect(first).toMatchObject({ code: 0, stdout: '1\n', stderr: `made a new database, ${place.db}\n` })
    expect(await place.run(['logs', '1'])).toMatchObject({ code: 0, stdout: '', stderr: 'job 1 has not run yet\n' })
    const up = await place.up()
    await place.reaches(1, 'done')
    const { stdout, code } = await place.run(['logs', '1'])
    expect({ stdout, code }).toEqual({ stdout: 'out\nerr\nno end of line', code: 0 })
    expect(await up.stop()).toBe(0)
    expect(up.stdout).toMatch(
      new RegExp(
        `^up: process ${up.pid} runs the jobs of ${place.db}, .*\nstopping\nstopped: nothing runs any more\n$`,
      ),
    )
  })

  it('is given its words as they are, and a shell only when it is asked for', async () => {
    await place.submit(['--', 'echo', '$HOME; ls', '--json', '-x'])
    await place.submit(['printf', '%s|', '--', '--priority', '3'])
    await place.submit(['--shell', '--', 'echo $((1 + 2)); echo more'])
    await place.up()
    for (const id of [1, 2, 3]) await place.reaches(id, 'done')
    const outputs = [1, 2, 3].map((id) => place.run(['logs', String(id)]))
    expect((await Promise.all(outputs)).map(({ stdout }) => stdout)).toEqual([
      '$HOME; ls --json -x\n',
      '--|--priority|3|',
      '3\nmore\n',
    ])
  })

  it('has the environment and the directory that were given to it, and nothing else', async () => {
    const env = { LC_ODD: 'kept', SECRET: 'not for jobs', ASKED: 'as here' }
    await place.submit(['--env', 'ASKED', '--env', 'OWN=a=b', '--cwd', '/', '--', 'sh', '-c', 'pwd; env'], { env })
    await place.submit(['--', 'pwd'])
    await place.up()
    for (const id of [1, 2]) await place.reaches(id, 'done')
    const lines = (await place.run(['logs', '1'])).stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('/')
    const names = lines.slice(1).map((line) => line.split('=')[0]!)
    const allowed =
      /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|ASKED|OWN|STRANDLINE_(RUN|JOB|ATTEMPT)|PWD|OLDPWD|SHLVL|_)$/
    expect(names.filter((name) => !allowed.test(name))).toEqual([])
    expect(lines).toEqual(
      expect.arrayContaining(['ASKED=as here', 'OWN=a=b', 'LC_ODD=kept', 'STRANDLINE_JOB=1', 'STRANDLINE_ATTEMPT=1']),
    )
    expect((await place.run(['logs', '2'])).stdout).toBe(`${place.folder}\n`)
  })

  it('is tried as often as it may be, and then has failed', async () => {
    await place.submit(['--attempts', '3', '--', 'sh', '-c', 'echo try $STRANDLINE_ATTEMPT; exit 3'])
    await place.up()
    expect(await place.reaches(1, 'failed')).toMatchObject({ attempts: 3, error: 'exit_code=3' })
    expect((await place.run(['logs', '1'])).stdout).toBe('try 3\n')
    expect((await place.run(['logs', '1', '--run', '2'])).stdout).toBe('try 2\n')
    expect(await place.json(['logs', '1', '--run', '1'])).toMatchObject({
      id: 1,
      status: 'failed',
      run: 1,
      exitCode: 3,
      outcome: 'failure',
      output: 'try 1\n',
    })
  })

  it('has failed at once where there is no such command, and says so', async () => {
    await place.submit(['--attempts', '5', '--', 'no-such-command', '-x'])
    await place.up()
    const why = 'launch error: there is no such command: no-such-command'
    await place.reaches(1, 'failed')
    expect(await place.queue.runs(1)).toMatchObject([{ error: why, pid: null, outcome: 'failed' }])
    expect((await place.run(['jobs'])).stdout).toMatch(new RegExp(`1 +failed +1/5 .* no-such-command -x +${why}\n$`))
    expect(await place.run(['logs', '1'])).toMatchObject({ code: 0, stdout: '', stderr: `${why}\n` })
  })

  it('does not start before its delay', async () => {
    await place.submit(['--delay', '1500ms', '--', 'true'])
    await place.up()
    const { createdAt, startedAt } = await place.reaches(1, 'done')
    expect(startedAt!.getTime() - createdAt.getTime()).toBeGreaterThanOrEqual(1_500)
  })

  it('goes before those of higher numbers', async () => {
    for (const priority of ['5', '-2', '0']) await place.submit(['--priority', priority, '--', 'true'])
    await place.up('--concurrency', '1')
    for (const id of [1, 2, 3]) await place.reaches(id, 'done')
    const started = await Promise.all([1, 2, 3].map(async (id) => [(await place.queue.runs(id))[0]!.id, id] as const))
    expect(started.toSorted(([a], [b]) => a - b).map(([, id]) => id)).toEqual([2, 3, 1])
  })

  it('waits for earlier ones of its repo only where that is asked for', async () => {
    const gate = join(place.folder, 'gate')
    await place.put(waitsFor(gate), { repo: 'one' })
    await place.put(['true'], { repo: 'one' })
    await place.put(['true'], { repo: 'two' })
    const up = await place.up('--serial-repos', '--concurrency', '3')
    await place.reaches(3, 'done')
    expect(await place.queue.job(2)).toMatchObject({ status: 'queued' })
    await place.put(['true'])
    writeFileSync(gate, '')
    await place.reaches(2, 'done')
    expect(await up.stop()).toBe(0)
  })

  it('is ended after the time limit', async () => {
    await place.put(['sleep', '300'], { maxAttempts: 1 })
    await place.up('--time-limit', '1s')
    const { error } = await place.reaches(1, 'failed')
    // Whoever sees it first: the reaper that ended it, or its owner.
    expect(error).toMatch(/^(it ran for more than 1000 ms|signal=SIGKILL)$/)
  })
})

describe('cancel', () => {
  it('ends a run by another process, and what waits at once', async () => {
    await place.put(['sleep', '300'])
    await place.put(['true'])
    await place.up('--concurrency', '1')
    const { pid } = await place.runs(1)
    expect(await place.run(['cancel', '2'])).toMatchObject({ code: 0, stdout: 'job 2 is cancelled\n' })
    expect(await place.run(['cancel', '1'])).toMatchObject({
      code: 0,
      stdout: 'job 1 is being cancelled: its run is told to end\n',
    })
    await place.reaches(1, 'cancelled')
    expect(isAlive(pid)).toBe(false)
    expect(await place.json(['cancel', '1'])).toEqual({
      id: 1,
      result: 'finished',
      status: 'cancelled',
      httpStatus: 404,
    })
  })

  it('works while nobody is up, and says what is too late', async () => {
    await place.put(['true'])
    expect(await place.json(['cancel', '1'])).toEqual({
      id: 1,
      result: 'cancelled',
      status: 'cancelled',
      httpStatus: 202,
    })
    await place.put(['true'])
    const up = await place.up()
    await place.reaches(2, 'done')
    expect(await place.run(['cancel', '2'])).toMatchObject({ code: 1, stdout: 'job 2 is done already\n' })
    expect(await up.stop()).toBe(0)
  })
})

describe('relaunch', () => {
  it('does the work of a finished job once more, as a new job on the same terms', async () => {
    await place.submit(['--priority', '7', '--attempts', '1', '--env', 'OWN=x', '--', 'sh', '-c', 'echo $OWN; exit 1'])
    expect(await place.run(['relaunch', '1'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'job 1 is queued: it can be relaunched when it is finished\n',
    })
    const unfinished = await place.run(['relaunch', '1', '--json'])
    expect(JSON.parse(unfinished.stdout)).toEqual({ id: 1, result: 'unfinished', relaunch: null })
    await place.up()
    await place.reaches(1, 'failed')
    expect(await place.run(['relaunch', '1'])).toMatchObject({ code: 0, stdout: '2\n', stderr: '' })
    const { parentRun } = await place.reaches(2, 'failed')
    expect(await place.queue.job(2)).toMatchObject({ priority: 7, maxAttempts: 1, directory: place.folder })
    expect((await place.run(['logs', '2'])).stdout).toBe('x\n')
    expect((await place.queue.runs(1)).map(({ id }) => id)).toEqual([parentRun])
    expect(await place.queue.runs(2)).toMatchObject([{ parentRun }])
    expect((await place.run(['relaunch', '99'])).code).toBe(2)
  })
})

describe('delete', () => {
  it('removes a job, its runs and their directories, up or down', async () => {
    await place.put(['true'])
    await place.put(['true'])
    await place.put(['true'])
    const up = await place.up()
    for (const id of [1, 2, 3]) await place.reaches(id, 'done')
    const output = place.queue.outputOf((await place.queue.runs(1))[0]!.id)
    expect(existsSync(output)).toBe(true)
    expect(await place.run(['delete', '1'])).toMatchObject({ code: 0, stdout: 'job 1 is deleted\n' })
    await until('the directory to go', () => !existsSync(output))
    await until('the row to go', async () => (await place.queue.job(1)) === undefined)
    expect(await up.stop()).toBe(0)
    const other = place.queue.outputOf((await place.queue.runs(2))[0]!.id)
    expect(await place.json(['delete', '2'])).toEqual({ id: 2, result: 'deleted' })
    expect([existsSync(other), await place.queue.job(2)]).toEqual([false, undefined])
    expect((await place.json<{ jobs: Shown[] }>(['jobs'])).jobs.map(({ id }) => id)).toEqual([3])
    expect((await place.run(['delete', '2'])).code).toBe(2)
  })

  it('ends a run first, and leaves it to the next where whoever ran it is dead', async () => {
    await place.put(['sleep', '300'])
    await place.put(['sleep', '300'])
    const up = await place.up('--concurrency', '2')
    const pids = await Promise.all([1, 2].map(async (id) => (await place.runs(id)).pid))
    expect((await place.run(['delete', '1'])).stdout).toBe('job 1 is being deleted: its run is told to end first\n')
    await until('job 1 to go', async () => (await place.queue.job(1)) === undefined)
    up.child.kill('SIGKILL')
    await up.ended
    expect((await place.run(['status'])).stdout).toContain(`nobody: process ${up.pid} ended without a word`)
    expect((await place.run(['delete', '2'])).stdout).toBe(
      'job 2 is to be deleted; nobody is up, so the next "strandline up" does it\n',
    )
    const next = await place.up()
    await until('job 2 to go', async () => (await place.queue.job(2)) === undefined)
    await until('their processes to end', () => !pids.some(isAlive))
    expect(await next.stop()).toBe(0)
  })
})

describe('delete, where files cannot be removed,', () => {
  it('says what keeps the files of a job, and does not mind those of others', async () => {
    // Deeper than a path can say.
    const deep = 'for n in $(seq 30); do name=$(printf %0200d $n); mkdir $name; cd -P $name; done'
    const { PATH = '' } = process.env
    await place.queue.submit({ argv: ['bash', '-c', deep], environment: { PATH } })
    await place.put(['true'])
    const up = await place.up()
    for (const id of [1, 2]) await place.reaches(id, 'done')
    expect(await up.stop()).toBe(0)
    const [run] = await place.queue.runs(1)
    try {
      expect(await place.run(['delete', '1'])).toMatchObject({
        code: 0,
        stdout: 'job 1 is deleted\n',
        stderr: expect.stringMatching(
          /^strandline: job 1 is deleted; its files cannot be removed yet: ENAMETOOLONG.*; whoever is up next tries again\n$/,
        ),
      })
      expect((await place.json<{ jobs: Shown[] }>(['jobs'])).jobs.map(({ id }) => id)).toEqual([2])
      expect(await place.run(['delete', '2'])).toMatchObject({ code: 0, stdout: 'job 2 is deleted\n', stderr: '' })
      expect(await place.queue.job(2)).toBe(undefined)
    } finally {
      spawnSync('rm', ['-rf', dirname(place.queue.outputOf(run!.id))])
    }
    const next = await place.up()
    await until('job 1 to go', async () => (await place.queue.runs(1)).length === 0)
    expect(await next.stop()).toBe(0)
  })
})

describe('up, told to stop before it is up', () => {
  /** Of a machine that nobody can ask. */
  async function plantRival(): Promise<void> {
    await place.put(['true'])
    const database = new BetterSqlite3(place.db)
    database
      .prepare(
        `INSERT INTO lives (boot_id, pid_namespace, pid, start_time, token, started_at, shared)
         VALUES ('another', 'pid:[1]', 7, 1, 'one/two', 0, 0)`,
      )
      .run()
    database.close()
  }

  it('ends at once while it waits for a rival, and has held nothing', async () => {
    await plantRival()
    const up = place.start(['up'])
    await up.says('waiting for a sign of life')
    expect(await up.stop()).toBe(0)
    expect(up.stdout).toBe('')
    expect(up.stderr).toMatch(/\nstopped: it was not up yet\n$/)
    expect(await place.queue.servers()).toMatchObject([{ pid: 7, state: 'elsewhere' }])
    expect(await place.queue.job(1)).toMatchObject({ status: 'queued' })
  })

  it('ends when the start is through, which ends what others have left and claims nothing', async () => {
    await place.put(['sleep', '300'])
    const former = await place.up()
    await place.runs(1)
    await former.stop('SIGKILL')
    const holder = new BetterSqlite3(place.db)
    holder.exec('BEGIN IMMEDIATE')
    const up = place.start(['up'])
    await until('the start to reach the database', () => hasOpen(up.pid, place.db))
    up.child.kill('SIGTERM')
    holder.exec('ROLLBACK')
    holder.close()
    expect(await up.ended).toEqual({ code: 0, signal: null })
    expect(await place.queue.servers()).toEqual([])
    expect(await place.queue.job(1)).toMatchObject({ status: 'queued', lostRuns: 1 })
    expect(await place.queue.runs(1)).toHaveLength(1)
  })
})

function hasOpen(pid: number, file: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === file
    } catch {
      return false
    }
  })
}

describe('up', () => {
  it('waits for what runs when it is told to stop, and starts nothing more', async () => {
    const gate = join(place.folder, 'gate')
    await place.put(waitsFor(gate))
    const up = await place.up('--concurrency', '1')
    await place.runs(1)
    up.child.kill('SIGTERM')
    await up.says('stopping: waits for 1 run, at most 30 s; a second signal ends it at once')
    await place.put(['true'])
    writeFileSync(gate, '')
    expect(await up.ended).toEqual({ code: 0, signal: null })
    expect([await place.queue.job(1), await place.queue.job(2)]).toMatchObject([
      { status: 'done' },
      { status: 'queued' },
    ])
    expect(await place.queue.servers()).toEqual([])
  })

  it('ends what has not ended at the deadline, and its job is queued again', async () => {
    await place.put(['sleep', '300'])
    const up = await place.up('--drain', '0.2', '--json')
    const { pid } = await place.runs(1)
    expect(await up.stop('SIGINT')).toBe(1)
    expect(up.stderr).toContain('stopped: 1 run had not ended after 200 ms and was ended; its job is queued again\n')
    expect(JSON.parse(up.stdout)).toMatchObject({
      db: place.db,
      runsDirectory: `${place.db}-runs`,
      pid: up.pid,
      signal: 'SIGINT',
      left: 0,
      abandoned: 1,
      jobs: { queued: 1, running: 0 },
      impossible_queued_total: 0,
    })
    expect(isAlive(pid)).toBe(false)
    expect(await place.queue.job(1)).toMatchObject({ status: 'queued', attempts: 0, lostRuns: 0 })
  })

  it('ends at once at a second signal, and the next one takes over', async () => {
    await place.put(['sleep', '300'])
    const up = await place.up()
    const { pid } = await place.runs(1)
    up.child.kill('SIGTERM')
    await up.says('stopping: waits')
    up.child.kill('SIGTERM')
    expect(await up.ended).toEqual({ code: null, signal: 'SIGTERM' })
    expect(isAlive(pid)).toBe(true)
    const next = await place.up()
    await until('the old run to end', () => !isAlive(pid))
    expect((await place.runs(1)).lostRuns).toBe(1)
    expect((await place.run(['cancel', '1'])).code).toBe(0)
    await place.reaches(1, 'cancelled')
    expect(await next.stop()).toBe(0)
  })

  it('is refused where another one holds the database, unless both share it', async () => {
    const up = await place.up()
    const refused = await place.run(['up'])
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(
      new RegExp(
        `^strandline: the database is held by another orchestrator, process ${up.pid}, .*: stop that one, or start both with --share\n$`,
      ),
    )
    expect((await place.run(['up', '--share'])).code).toBe(2)
    expect(await up.stop()).toBe(0)
    const both = await Promise.all([place.up('--share'), place.up('--share')])
    const { servers } = await place.json<{ servers: { pid: number; state: string; shared: boolean }[] }>(['status'])
    expect(new Set(servers.map(({ pid }) => pid))).toEqual(new Set(both.map(({ pid }) => pid)))
    expect(servers).toMatchObject([
      { shared: true, state: 'up' },
      { shared: true, state: 'up' },
    ])
    const id = await place.put(['true'])
    await place.reaches(id, 'done')
    expect(await Promise.all(both.map((one) => one.stop()))).toEqual([0, 0])
  })

  it('goes on when nobody listens to it any more', async () => {
    const up = await place.up()
    up.child.stdout!.destroy()
    up.child.stderr!.destroy()
    const id = await place.put(['true'])
    await place.reaches(id, 'done')
    expect(await up.stop()).toBe(0)
  })

  it('honours the published kill-switch of the serial gate', async () => {
    const gate = join(place.folder, 'gate')
    await place.put(waitsFor(gate))
    await place.put(['true'])
    const up = place.start(['up', '--serial-repos', '--concurrency', '2'], { env: { ORCH_SERIAL_GATE_ENABLED: 'off' } })
    await place.reaches(2, 'done')
    writeFileSync(gate, '')
    await place.reaches(1, 'done')
    expect(await up.stop()).toBe(0)
  })
})

describe('logs --follow', () => {
  it('shows what is written, while it is written, over all attempts', async () => {
    const script =
      'echo try $STRANDLINE_ATTEMPT; while [ ! -e gate$STRANDLINE_ATTEMPT ]; do sleep 0.05; done; echo end; exit 1'
    await place.put(['sh', '-c', script], { maxAttempts: 2 })
    const follower = place.start(['logs', '1', '--follow'])
    await follower.says('job 1 waits in the queue')
    const up = await place.up()
    await follower.says('try 1\n')
    writeFileSync(join(place.folder, 'gate1'), '')
    await follower.says('try 2\n')
    writeFileSync(join(place.folder, 'gate2'), '')
    expect(await follower.ended).toEqual({ code: 0, signal: null })
    expect(follower.stdout).toBe('try 1\nend\ntry 2\nend\n')
    expect(follower.stderr).toBe('job 1 waits in the queue\nrun 2 begins\n')
    expect(await up.stop()).toBe(0)
  })

  it('ends at Ctrl-C, and when its reader goes away', async () => {
    await place.put(['sh', '-c', 'while :; do echo line; sleep 0.02; done'])
    const up = await place.up('--drain', '0')
    const followers = [place.start(['logs', '1', '--follow']), place.start(['logs', '1', '--follow'])] as const
    await Promise.all(followers.map((one) => one.says('line\nline\n')))
    expect(await followers[0].stop('SIGINT')).toBe(130)
    expect(followers[0].stderr).toBe('')
    followers[1].child.stdout!.destroy()
    expect(await followers[1].ended).toEqual({ code: 0, signal: null })
    expect(followers[1].stderr).toBe('')
    expect(await up.stop()).toBe(1)
  })

  it('waits for the end and prints one object with --json', async () => {
    await place.put(['echo', 'all of it'])
    const follower = place.start(['logs', '1', '--follow', '--json'])
    await place.up()
    expect(await follower.ended).toEqual({ code: 0, signal: null })
    expect(JSON.parse(follower.stdout)).toMatchObject({ id: 1, status: 'done', run: 1, output: 'all of it\n' })
  })
})

describe('what is shown', () => {
  it('is one object with --json, in the promised shape, and without the environment', async () => {
    const { stdout } = await place.run(['submit', '--json', '--env', 'SECRET=x', '--', 'echo', 'a b'])
    expect(JSON.parse(stdout)).toEqual({ id: 1 })
    const { jobs } = await place.json<{ jobs: Shown[] }>(['jobs'])
    expect(jobs).toEqual([
      {
        id: 1,
        status: 'queued',
        argv: ['echo', 'a b'],
        directory: place.folder,
        image: null,
        mount: null,
        task: null,
        payload: null,
        parentRun: null,
        sessionId: null,
        agent: 'default',
        repo: 'default',
        priority: 0,
        attempts: 0,
        maxAttempts: 2,
        transientAttempts: 0,
        launchFailures: 0,
        lostRuns: 0,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        availableAt: null,
        startedAt: null,
        finishedAt: null,
        cancelRequestedAt: null,
        life: null,
        run: null,
        pid: null,
        error: null,
      },
    ])
    expect(await place.json(['status'])).toEqual({
      db: place.db,
      runsDirectory: `${place.db}-runs`,
      jobs: { queued: 1, running: 0, done: 0, failed: 0, cancelled: 0 },
      waitingRuns: 0,
      servers: [],
      freeBytes: expect.any(Number),
      impossibleQueued: 0,
    })
    expect(await place.json(['logs', '1'])).toEqual({ id: 1, status: 'queued', image: null, run: null, output: '' })
    expect(await place.json(['jobs', '--status', 'done'])).toEqual({ jobs: [] })
  })

  it('is a table for people, in which no job can move the cursor', async () => {
    await place.submit(['--delay', '2h', '--', 'echo', "it's", 'a\u001b[2Jb\nc'])
    await place.submit(['--', 'true'])
    const { stdout } = await place.run(['jobs', '--limit', '1'])
    expect(stdout.split('\n')).toHaveLength(3)
    const all = (await place.run(['jobs'])).stdout
    expect(all).toMatch(/^id +status +tries +age +took +what +error\n 2 +queued +0\/2 /)
    expect(all).toMatch(/ 1 +queued, in 1 h 59 min +0\/2 .*echo 'it'\\''s' 'a\\u\{1b\}\[2Jb\\nc'\n/)
    expect((await place.run(['status'])).stdout).toMatch(/jobs +2 queued, 0 running, .*\nup +nobody: "strandline up"/)
    expect(readFileSync(place.db).subarray(0, 6).toString()).toBe('SQLite')
  })
})
