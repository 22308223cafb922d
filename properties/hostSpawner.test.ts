// The small process that starts the runs: what it inherits and passes on, and that nothing is lost, or started twice, when
// it or its client dies.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openQueue, startWorker } from '../src/library/index.ts'
import type { RunId } from '../src/model/ids.ts'
import type { Child, ProcessIdentity } from '../src/ports/index.ts'
import { type HostHouse, hostHouse, spawnerOf, until } from './support/hostHouse.ts'

const script = join(import.meta.dirname, 'support/hostSpawnerScript.ts')

/** The story in a program of its own, below the token of the house: what it said, and which signal killed it. */
async function told(story: string, { directory, token }: HostHouse, limits = 'true') {
  const home = mkdtempSync(join(directory, 'story-'))
  const command = [process.execPath, script, story, home, `${token}/story`]
  const child = spawn('sh', ['-c', `${limits}; exec "$@"`, 'sh', ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { ...(said === '' ? {} : JSON.parse(said)), signal: child.signalCode }
}

/** What its descriptors lead to. */
function linksOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      return []
    }
  })
}

function isGone(pid: number): boolean {
  return !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
}

function pids(identities: readonly ProcessIdentity[]): readonly number[] {
  return identities.map(({ pid }) => pid).sort((one, other) => one - other)
}

describe('the spawning process', () => {
  test('is small, in a session of its own, and has nothing of the environment or the database', async () => {
    const house = hostHouse()
    const pid = await spawnerOf(house)
    const of = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1')
    const [, parent, , session] = of('stat')
      .slice(of('stat').lastIndexOf(')') + 2)
      .split(' ')
    expect([Number(parent), Number(session)]).toEqual([process.pid, pid])
    const names = of('environ')
      .split('\0')
      .map((entry) => entry.split('=')[0])
    expect(names.filter((name) => name !== '' && !name!.startsWith('NODE_CHANNEL_'))).toEqual([])
    expect(of('maps')).not.toContain('better_sqlite3')
    expect(linksOf(pid).filter((link) => link.includes(house.directory))).toEqual([])
  })

  test("gives a run nothing of its own: no end of the channel, nobody else's output", async () => {
    const house = hostHouse()
    const { processes } = house.ports
    const spawner = await spawnerOf(house)
    await processes.spawn(house.spec(['sleep', '600']))
    const { identity } = await processes.spawn(house.spec(['sleep', '600']))
    // What this very process was given by others, it gives to all.
    const given = linksOf(process.pid)
    const of = (pid: number) =>
      linksOf(pid).filter(
        (link) => !given.includes(link) && (link.startsWith('socket:') || link.includes(house.directory)),
      )
    const output = (run: number) => house.ports.files.outputOf(run as RunId)
    expect([...of(spawner)].sort()).toEqual([output(2), output(3), expect.stringMatching('^socket:')])
    expect(of(identity.pid)).toEqual([output(3), output(3)])
  })

  test('does not end on the signals that end its client', async () => {
    const house = hostHouse()
    const pid = await spawnerOf(house)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal)
    expect(await spawnerOf(house)).toBe(pid)
  })

  test('passes on as much as a program can be given', async () => {
    const { ports, spec } = hostHouse()
    const long = 'ü'.repeat(60_000)
    const environment = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`A${n}`, long]))
    const given = spec(['/bin/sh', '-c', 'echo "$1$A7"', 'sh', ...Array(6).fill(long)], { environment })
    expect(await (await ports.processes.spawn(given)).exited).toEqual({ code: 0, signal: null })
    expect(readFileSync(ports.files.outputOf(given.run), 'utf8')).toBe(`${long}${long}\n`)
  })

  test('tells each start and each exit, also of many that end at once', async () => {
    const { ports, spec } = hostHouse()
    const one = async (code: number) => (await ports.processes.spawn(spec(['sh', '-c', `exit ${code}`]))).exited
    const exits = await Promise.all(Array.from({ length: 100 }, (_, code) => one(code)))
    expect(exits).toEqual(exits.map((_, code) => ({ code, signal: null })))
  })
})

describe('its client', () => {
  test('ends by itself when nothing is outstanding, and not before an exit was told', async () => {
    expect(await told('waits', hostHouse())).toMatchObject({ exit: { code: 3, signal: null } })
  })

  test('lets it go with the host; what runs goes on', async () => {
    const house = hostHouse()
    const { spawner, identity } = await told('closes', house)
    await until(() => isGone(spawner))
    expect(await house.ports.processes.probe(identity)).toBe('alive')
  })

  test('starts nothing more after that', async () => {
    const { ports, spec, close } = hostHouse()
    close()
    await expect(ports.processes.spawn(spec(['true']))).rejects.toMatchObject({ name: 'SpawnError', permanent: false })
  })

  test('when it closes with a request on the way, that one is not carried out', async () => {
    const house = hostHouse()
    const pid = await spawnerOf(house)
    process.kill(pid, 'SIGSTOP')
    const asked = house.ports.processes.spawn(house.spec(['sleep', '600']))
    house.close()
    await expect(asked).rejects.toMatchObject({ name: 'SpawnError', permanent: false })
    await until(() => isGone(pid))
    expect(await house.ports.processes.carrying([house.token])).toEqual([])
  })

  test('when it is killed, what it had asked for is not started any more, and what ran goes on', async () => {
    const house = hostHouse()
    const { spawner, signal } = await told('dies', house)
    expect(signal).toBe('SIGKILL')
    const left = await house.ports.processes.carrying([house.token])
    expect(left.length).toBe(1)
    process.kill(spawner, 'SIGCONT')
    await until(() => isGone(spawner))
    expect(await house.ports.processes.carrying([house.token])).toEqual(left)
  })

  test('when it is killed while the other begins, that one ends without having started anything', async () => {
    const house = hostHouse()
    const before = spawners()
    expect(await told('diesEarly', house)).toMatchObject({ signal: 'SIGKILL' })
    await until(() => spawners().every((pid) => before.includes(pid)))
    expect(await house.ports.processes.carrying([house.token])).toEqual([])
  })

  test('when it has no descriptor left, that may pass', async () => {
    expect(await told('starves', hostHouse(), 'ulimit -n 64')).toMatchObject({
      name: 'SpawnError',
      permanent: false,
      code: 'EMFILE',
      later: { code: 0, signal: null },
    })
  })
})

describe('when the spawning process dies', () => {
  test('what runs goes on, its exit is never told, and it is known by its identity; the next start has another', async () => {
    const house = hostHouse()
    const { processes } = house.ports
    const first = await spawnerOf(house)
    const { identity, exited } = await processes.spawn(house.spec(['sleep', '600']))
    let isTold = false
    void exited.then(() => {
      isTold = true
    })
    process.kill(first, 'SIGKILL')
    await until(() => isGone(first))
    expect(await processes.probe(identity)).toBe('alive')
    expect(await processes.carrying([identity.token])).toEqual([identity])
    expect(await processes.signalGroup(identity, 'SIGKILL')).toBe('sent')
    await until(async () => (await processes.probe(identity)) === 'gone')
    await until(async () => (await spawnerOf(house).catch(() => first)) !== first)
    expect(isTold).toBe(false)
  })

  test('a request that it has not read fails for now', async () => {
    const house = hostHouse()
    const pid = await spawnerOf(house)
    process.kill(pid, 'SIGSTOP')
    const asked = house.ports.processes.spawn(house.spec(['sleep', '600']))
    process.kill(pid, 'SIGKILL')
    await expect(asked).rejects.toMatchObject({ name: 'SpawnError', permanent: false })
    expect(await house.ports.processes.carrying([house.token])).toEqual([])
  })

  test.each([0, 1, 2, 3, 5, 8])(
    'after %i answers: once it has failed, all that it started can be found',
    async (answers) => {
      const house = hostHouse()
      const { processes } = house.ports
      const pid = await spawnerOf(house)
      let left = answers
      const kill = () => {
        if (left-- === 0) process.kill(pid, 'SIGKILL')
      }
      const asked = Array.from({ length: 12 }, async () => {
        const child = await processes.spawn(house.spec(['sleep', '600']))
        kill()
        return child
      })
      kill()
      const started = (await Promise.allSettled(asked)).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      )
      const found = pids(await processes.carrying([house.token]))
      expect(found).toEqual(expect.arrayContaining([...pids(started.map(({ identity }: Child) => identity))]))
      // then nothing shows later: another one has been started and has ended meanwhile
      await spawnerOf(house)
      expect(pids(await processes.carrying([house.token]))).toEqual(found)
    },
  )

  test('an orchestrator takes the end of a run from its process', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'strandline-spawner-'))
    const file = join(directory, 'jobs.db')
    const queue = openQueue(file)
    const worker = await startWorker(file, { concurrency: 1, options: { pollMs: 20, reapMs: 50 } })
    onTestFinished(async () => {
      await worker.stop()
      queue.close()
      rmSync(directory, { recursive: true })
    })
    const job = await queue.submit({ argv: ['sh', '-c', 'echo $$ $PPID; [ "$STRANDLINE_ATTEMPT" = 2 ] || sleep 600'] })
    const output = async () => {
      const [first] = await queue.runs(job)
      const path = join(queue.runsDirectory, String(first?.id), 'output.log')
      return first?.pid && existsSync(path) ? readFileSync(path, 'utf8') : ''
    }
    await until(async () => (await output()) !== '')
    const [pid, spawner] = (await output()).split(' ').map(Number)
    process.kill(spawner!, 'SIGKILL')
    await until(() => isGone(spawner!))
    process.kill(-pid!, 'SIGKILL')
    await until(async () => (await queue.job(job))?.status === 'done')
    expect((await queue.runs(job)).length).toBe(2)
  })
})

/** All spawning processes that can be seen. */
function spawners(): readonly number[] {
  const commandOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
    } catch {
      return ''
    }
  }
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return numbers.filter((pid) => commandOf(pid).includes('spawnerProcess')).map(Number)
}
