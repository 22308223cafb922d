// What only the real machine can show: errors of a launch, environments, descriptors and limits, numbers that are used
// again, programs that replace each other, threads, and ps.

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HostProcesses, ProcfsReader, PsReader, parsePs } from '../src/host/index.ts'
import type { SpawnError, SpawnSpec } from '../src/ports/index.ts'
import { type HostHouse, has, hostHouse, noNamespaces, spawnerOf, unshared, until } from './support/hostHouse.ts'

async function outputOf({ ports, spec }: HostHouse, argv: SpawnSpec['argv'], more?: Partial<SpawnSpec>) {
  const given = spec(argv, more)
  const { exited } = await ports.processes.spawn(given)
  return { given, exit: await exited, text: readFileSync(ports.files.outputOf(given.run), 'utf8') }
}

describe('a launch', () => {
  test.each<[string, SpawnSpec['argv'], Partial<SpawnSpec>, string]>([
    ['a missing command', ['no-such-command'], {}, 'there is no such command: no-such-command'],
    ['a missing path', ['/no/such'], {}, 'there is no such command: /no/such'],
    ['a command outside the PATH', ['ls'], { environment: { PATH: '/nowhere' } }, 'there is no such command: ls'],
    ['a PATH through a file', ['no-such'], { environment: { PATH: '/etc/passwd:/bin' } }, 'no such command: no-such'],
    ['no name', [''], {}, 'there is no such command: ""'],
    ['a missing directory', ['true'], { directory: '/no/such' }, 'its working directory /no/such does not exist'],
    ['a file as directory', ['true'], { directory: '/etc/passwd' }, 'directory /etc/passwd is not a directory'],
    ['a text', ['/etc/passwd'], {}, 'cannot start /etc/passwd: it may not be executed (EACCES)'],
    ['a directory', ['/etc'], {}, 'cannot start /etc: it may not be executed (EACCES)'],
    ['a path through a file', ['/etc/passwd/x'], {}, 'a part of its path is not a directory (ENOTDIR)'],
    ['a NUL in an argument', ['true', 'a\0b'], {}, 'holds a character that none can hold'],
    ['a NUL in the command', ['tr\0ue'], {}, 'cannot start tr\\0ue: an argument or a variable holds a character'],
    ['a NUL in a variable', ['true'], { environment: { A: 'a\0b' } }, 'holds a character that none can hold'],
    ['a NUL in the directory', ['true'], { directory: '/a\0b' }, 'holds a character that no path can hold'],
    ['an odd variable', ['true'], { environment: { 'STRANDLINE_RUN=x': 'y' } }, 'cannot be called "STRANDLINE_RUN=x"'],
    ['too long arguments', ['true', 'x'.repeat(3_000_000)], {}, 'arguments and environment are too long (E2BIG)'],
  ])('%s is a permanent error that says what is wrong', async (_, argv, more, message) => {
    const { ports, spec } = hostHouse()
    const given = spec(argv, more)
    const error = (await ports.processes.spawn(given).catch((caught: unknown) => caught)) as SpawnError
    expect(error.name).toBe('SpawnError')
    expect(error.message).toContain(message)
    expect(error.permanent).toBe(true)
  })

  test.each([
    ['#!/no/such/interpreter\n', 'its interpreter is missing, /no/such/interpreter'],
    ['#!/bin/sh\0\n', 'interpreter'],
  ])('a script without its interpreter is told from a missing command', async (text, message) => {
    const { ports, spec, directory } = hostHouse()
    const script = join(directory, 'script')
    writeFileSync(script, text.replace('\0', '-no-such'), { mode: 0o700 })
    await expect(ports.processes.spawn(spec([script]))).rejects.toMatchObject({
      code: 'ENOENT',
      permanent: true,
      message: expect.stringContaining(message),
    })
  })

  test('what the machine lacks for the moment may be tried again', async () => {
    const { ports, spec } = hostHouse({ runs: '/dev/null/runs' })
    await expect(ports.processes.spawn(spec(['true']))).rejects.toMatchObject({ code: 'ENOTDIR', permanent: false })
  })

  test('leaves no descriptor open, whether it succeeds or fails', async () => {
    const house = hostHouse()
    const spawner = await spawnerOf(house)
    const open = () => [process.pid, spawner].map((pid) => readdirSync(`/proc/${pid}/fd`).length)
    const before = open()
    for (let n = 0; n < 20; n++) {
      await outputOf(house, ['true'])
      await house.ports.processes.spawn(house.spec(['no-such-command'])).catch(() => undefined)
    }
    expect(open()).toEqual(before)
  })
})

describe('a process', () => {
  test('has exactly the environment that was asked for, and the token, which wins', async () => {
    const environment = { PATH: process.env.PATH!, A: 'a b', STRANDLINE_RUN: 'evil' }
    const { given, text } = await outputOf(hostHouse(), ['env', '-0'], { environment })
    expect(text.split('\0').slice(0, -1).sort()).toEqual([
      'A=a b',
      `PATH=${environment.PATH}`,
      `STRANDLINE_RUN=${given.token}`,
    ])
  })

  test('runs where it was told to, in its own directory by default', async () => {
    const house = hostHouse()
    expect((await outputOf(house, ['pwd', '-P'], { directory: '/' })).text).toBe('/\n')
    const { given, text } = await outputOf(house, ['pwd', '-P'])
    expect(text).toBe(`${house.ports.files.directoryOf(given.run)}\n`)
  })

  test('gets its arguments as they are: no shell reads them', async () => {
    expect((await outputOf(hostHouse(), ['echo', '$HOME;', '`id`', "'*'"])).text).toBe("$HOME; `id` '*'\n")
  })

  test("leads a group and a session of its own, and its output is its owner's alone", async () => {
    const house = hostHouse()
    const { given, text } = await outputOf(house, ['sh', '-c', 'echo $$; cat /proc/$$/stat; echo wrong >&2'])
    const [pid, stat, wrong] = text.split('\n')
    const [, , pgid, session] = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ')
    expect([pgid, session, wrong]).toEqual([pid, pid, 'wrong'])
    expect(statSync(house.ports.files.outputOf(given.run)).mode & 0o777).toBe(0o600)
  })

  test('whatever its program is called, its identity is read right', async () => {
    const { ports, spec, directory } = hostHouse()
    const program = join(directory, 'a) Z (1 2')
    copyFileSync('/bin/sleep', program)
    chmodSync(program, 0o700)
    const { identity } = await ports.processes.spawn(spec([program, '600']))
    expect(await ports.processes.probe(identity)).toBe('alive')
    expect(await ports.processes.carrying([identity.token])).toEqual([identity])
  })

  test('is alive all the while one program replaces the other', async () => {
    const { ports, spec, directory } = hostHouse()
    const script = join(directory, 'script')
    writeFileSync(script, '#!/bin/sh\n[ "$1" -eq 0 ] && exit 0\nexec "$0" $(($1 - 1))\n', { mode: 0o700 })
    const { identity, exited } = await ports.processes.spawn(spec([script, '400']))
    let isOver = false
    void exited.then(() => {
      isOver = true
    })
    const answers: string[] = []
    while (!isOver) {
      for (let n = 0; n < 50; n++) answers.push(await ports.processes.probe(identity))
      await new Promise(setImmediate)
    }
    const end = answers.indexOf('gone')
    const seen = end === -1 ? answers : answers.slice(end)
    expect(answers.length).toBeGreaterThan(400)
    expect(new Set(seen).size).toBe(1)
  })

  test.each([
    ['has lost its token', ['env', '-u', 'STRANDLINE_RUN', 'sleep', '600'], 'gone', 'gone'],
    ['has no environment at all', ['env', '-i', 'sleep', '600'], 'alive', 'denied'],
  ] as const)('that %s is known to its server, and never signalled by another one', async (_, argv, seen, sent) => {
    const { ports, spec } = hostHouse()
    const { processes } = ports
    const { identity, exited } = await processes.spawn(spec([...argv]))
    const { pid, token } = identity
    await until(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x00600\0')
    expect(await processes.carrying([token])).toEqual([identity])
    // when a server asks that has not started it
    const next = new HostProcesses(new ProcfsReader(), ports.files, 1_000)
    expect(await next.probe(identity)).toBe(seen)
    expect(await next.probe({ pid, token })).toBe('gone')
    expect(await next.signalGroup(identity, 'SIGKILL')).toBe(sent)
    expect(await processes.probe(identity)).toBe('alive')
    expect(await processes.signalGroup(identity, 'SIGKILL')).toBe('sent')
    await exited
  })

  test('that has ended is not among those who carry a token, even if its environment can still be seen', async () => {
    const { ports } = hostHouse()
    const { pid, startTime } = ports.processes.self()
    const record = { pid: (pid + 1) as typeof pid, pgid: pid + 1, startTime, token: 'own/1', isHidden: false }
    const carriers = (isLiving: boolean) => {
      const reader = {
        reading: { kind: 'procfs' } as const,
        self: () => new ProcfsReader().self(),
        read: () => undefined,
        all: () => [{ ...record, isLiving }],
      }
      return new HostProcesses(reader, ports.files, 1_000).carrying(['own'])
    }
    expect(await carriers(true)).toMatchObject([{ pid: pid + 1, token: 'own/1' }])
    expect(await carriers(false)).toEqual([])
  })

  test("a group that is the server's own is never signalled, nor the first process's", async () => {
    const { ports } = hostHouse()
    const { pid } = ports.processes.self()
    const groupOf = (text: string) => Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2])
    const own = groupOf(readFileSync('/proc/self/stat', 'latin1'))
    for (const reference of [pid, own, 1, 0, -1, 1.5]) {
      const delivery = await ports.processes.signalGroup({ pid: reference as typeof pid }, 'SIGTERM')
      expect(['denied', 'gone']).toContain(delivery)
    }
  })
})

describe('the output', () => {
  const bytesMax = 10_000
  const notice = `\n[output beyond ${bytesMax} bytes was dropped]\n`

  test('beyond the limit is dropped, and its last line says so', async () => {
    const house = hostHouse({ outputBytesMax: bytesMax })
    const { exit, text } = await outputOf(house, ['sh', '-c', 'yes | head -c 300000; exit 5'])
    expect(exit).toEqual({ code: 5, signal: null })
    expect(text).toBe('y\n'.repeat(bytesMax / 2) + notice)
  })

  test('is kept as it is up to the limit', async () => {
    const { text } = await outputOf(hostHouse({ outputBytesMax: bytesMax }), ['sh', '-c', 'yes | head -c 10000'])
    expect(text).toBe('y\n'.repeat(bytesMax / 2))
  })

  test('is cut while the run goes on writing', async () => {
    const { ports, spec } = hostHouse({ outputBytesMax: bytesMax })
    const given = spec(['sh', '-c', 'while :; do echo 0123456789; done'])
    const { identity, exited } = await ports.processes.spawn(given)
    const output = ports.files.outputOf(given.run)
    let largest = 0
    await until(() => {
      const { size } = statSync(output)
      largest = Math.max(largest, size)
      return largest > 2 * bytesMax && size < largest
    })
    expect(await ports.processes.probe(identity)).toBe('alive')
    await ports.processes.signalGroup(identity, 'SIGKILL')
    await exited
    const text = readFileSync(output, 'utf8')
    expect(text.slice(bytesMax)).toBe(notice)
  })
})

describe('numbers', () => {
  test("a thread's is not a process's, although it answers", () => {
    const reader = new ProcfsReader()
    const thread = Number(readdirSync('/proc/self/task').find((id) => id !== String(process.pid)))
    expect(process.kill(thread, 0)).toBe(true)
    expect(existsSync(`/proc/${thread}`)).toBe(true)
    expect(readFileSync(`/proc/${thread}/status`, 'utf8')).toContain(`Tgid:\t${process.pid}\n`)
    expect(reader.read(thread)).toBeUndefined()
    expect(reader.read(process.pid)).toMatchObject({ isLiving: true })
  })

  test.skipIf(!has('gcc'))('a process lives on when only its first thread has ended', async () => {
    const { ports, spec, directory } = hostHouse()
    const source = join(directory, 'threads.c')
    writeFileSync(
      source,
      `#include <pthread.h>
      #include <unistd.h>
      static void *rest(void *none) { pause(); return none; }
      int main(void) { pthread_t thread; pthread_create(&thread, 0, rest, 0); pthread_exit(0); }`,
    )
    execFileSync('gcc', ['-pthread', '-o', join(directory, 'threads'), source])
    const { identity } = await ports.processes.spawn(spec([join(directory, 'threads')]))
    await until(() => / Z /.test(readFileSync(`/proc/${identity.pid}/stat`, 'latin1')))
    expect(await ports.processes.probe(identity)).toBe('alive')
    expect(await ports.processes.carrying([identity.token])).toEqual([identity])
    expect(await ports.processes.signalGroup(identity, 'SIGKILL')).toBe('sent')
  })

  const why = noNamespaces()
  const skipped = why === undefined ? '' : ` (skipped: ${why})`

  test.skipIf(why !== undefined)(
    `one that another run has got is gone for the first, and never signalled${skipped}`,
    () => {
      const { directory } = hostHouse()
      const program = join(import.meta.dirname, 'support/hostReuseScript.ts')
      const command = ['env', 'STRANDLINE_RUN=own/server', process.execPath, program, directory]
      const told = JSON.parse(
        execFileSync(...unshared(['sh', '-c', '"$@"; exit $?', 'sh', ...command]), { encoding: 'utf8' }),
      )
      expect(told).toMatchObject({
        // A number alone does not say whose it is.
        byNumber: 'alive',
        byToken: 'gone',
        byAll: 'gone',
        byTokenInSameTick: 'gone',
        hit: ['gone', 'gone', 'gone'],
        secondAfterwards: 'alive',
        // The server itself carries a token of these, and is not among them.
        carriers: 1,
        ownToken: true,
        secondByItself: 'sent',
      })
    },
  )

  test.skipIf(why !== undefined)(`a /proc of another pid namespace is refused${skipped}`, () => {
    const module = new URL('../src/host/index.ts', import.meta.url)
    const program = `import { processReader } from '${module}'
      try { processReader() } catch (error) { console.log(error.name, error.message) }`
    const command = unshared([process.execPath, '--input-type=module', '-e', program], '--kill-child')
    expect(execFileSync(...command, { encoding: 'utf8' })).toMatch(/^HostError \/proc is not mounted, or shows/)
  })
})

describe('ps', () => {
  test('tells what it prints on macOS', () => {
    const text = [
      '    1     1 Ss   Thu Nov 19 21:17:02 2026     /sbin/launchd',
      '  514   514 S+   Sun Nov 22 05:07:40 2026     node job.js a=b TERM=xterm STRANDLINE_RUN=i/l/7 HOME=/Users/me',
      '  515   514 T    Sun Nov 22 05:07:41 2026     grep STRANDLINE_RUN=x STRANDLINE_RUN=i/l/8',
      '  516   514 Z    Sun Nov 22 05:07:42 2026     (node)',
      '  517   514 U    Sun Nov  1 05:07:42 2026',
      '',
    ].join('\n')
    const startTime = Date.UTC(2026, 10, 22, 5, 7, 40) / 10
    expect(parsePs(text)).toMatchObject([
      { pid: 1, pgid: 1, isLiving: true, token: undefined, isHidden: true },
      { pid: 514, pgid: 514, isLiving: true, token: 'i/l/7', startTime, isHidden: false },
      { pid: 515, pgid: 514, isLiving: true, token: 'i/l/8', startTime: startTime + 100 },
      { pid: 516, isLiving: false },
      { pid: 517, isLiving: true, startTime: Date.UTC(2026, 10, 1, 5, 7, 42) / 10 },
    ])
  })

  test.skipIf(!has('ps'))('serves in place of /proc', async () => {
    const { ports, spec } = hostHouse()
    const reader = new PsReader({ environment: 'e', boot: ['cat', '/proc/sys/kernel/random/boot_id'] })
    const processes = new HostProcesses(reader, ports.files, 1_000)
    onTestFinished(() => processes.close())
    expect(processes.self().pid).toBe(process.pid)
    const { identity, exited } = await processes.spawn(spec(['sh', '-c', 'sleep 600 & exec sleep 600']))
    const { pid, token } = identity
    await until(async () => (await processes.carrying([token])).length === 2)
    expect(await processes.probe(identity)).toBe('alive')
    expect(await processes.probe({ pid, token: 'another' })).toBe('gone')
    expect(await processes.signalGroup({ pid, token: 'another' }, 'SIGKILL')).toBe('gone')
    expect(await processes.signalGroup({ pid, token }, 'SIGKILL')).toBe('sent')
    await exited
    await until(async () => (await processes.carrying([token])).length === 0)
    expect(await processes.probe({ pid, token })).toBe('gone')
  })
})
