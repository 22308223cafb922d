// Containers of a real engine of the tests' own: what is asked for, what comes back, and what is told when it goes wrong.

import { getEventListeners } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ContainerId } from '../src/model/ids.ts'
import { until } from './support/hostHouse.ts'
import { place } from './support/place.ts'
import { realEngine } from './support/realEngine.ts'

const { skipped, hint, direct, house, begun, quiet } = await realEngine()
const nobody = 'f'.repeat(64) as ContainerId

describe.skipIf(skipped !== undefined)(`a container of a Docker Engine${hint}`, () => {
  describe('is made', () => {
    test('with the command, the environment, the place and the labels that it was given', async () => {
      const { started, waited, run, textOf, labels } = house()
      const environment = { EMPTY: '', EQUAL: 'a=b', LINES: 'a\nb' }
      const id = await started(['sh', '-c', 'pwd; env'], { environment, directory: '/tmp' })
      const own = await run()
      expect(await waited(id, own)).toBe(0)
      const lines = textOf(own).split('\n')
      expect(lines[0]).toBe('/tmp')
      expect(lines).toEqual(expect.arrayContaining(['EMPTY=', 'EQUAL=a=b', 'LINES=a', 'b']))
      const { Config, HostConfig } = await direct.getContainer(id).inspect()
      expect(Config).toMatchObject({ Labels: labels, Tty: false })
      expect(HostConfig).toMatchObject({ AutoRemove: false, RestartPolicy: { Name: expect.stringMatching(/^(no)?$/) } })
    })

    test('with secrets and arguments that no address would have room for', async () => {
      const { started, waited, run, textOf } = house()
      const id = await started(['sh', '-c', 'printf %s "$SECRET" | wc -c'], {
        environment: { SECRET: 'x'.repeat(100_000) },
      })
      const more = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`SECRET${n}`, 'x'.repeat(100_000)]))
      await started(['true'], { environment: more })
      const own = await run()
      await waited(id, own)
      expect(textOf(own)).toBe('100000\n')
    })

    test('with directories of this machine, to which it may write', async () => {
      const { started, waited, run } = house()
      const source = place()
      const id = await started(['sh', '-c', 'echo bound >/bound/file'], { binds: [{ source, target: '/bound' }] })
      expect(await waited(id, await run())).toBe(0)
      expect(readFileSync(join(source, 'file'), 'utf8')).toBe('bound\n')
    })

    test('under a name that nobody has', async () => {
      const { containers, container } = house()
      const spec = container(['true'])
      const first = await containers.create(spec)
      const why = { failure: 'conflict', message: `there is a container named ${spec.name} already` }
      await expect(containers.create(spec)).rejects.toMatchObject(why)
      await containers.remove(first)
      expect(await containers.create(spec)).not.toBe(first)
    })

    test('never, where what it needs is not to be had', async () => {
      const { containers, container } = house()
      const source = join(place(), 'missing')
      const impossible = [
        [container(['true'], { image: 'missing:7' }), 'there is no image missing:7: pull or build it first'],
        [container(['true'], { binds: [{ source, target: '/bound' }] }), `bind source path does not exist: ${source}`],
        [container(['true'], { name: 'a/b' }), 'Invalid container name'],
        [container(['true'], { environment: { 'A=B': 'c' } }), 'a variable cannot be called "A=B"'],
        [container(['true'], { environment: { '': 'c' } }), 'a variable cannot be called ""'],
        [container([]), 'No command specified'],
      ] as const
      for (const [spec, message] of impossible) {
        const why = { name: 'ContainerError', failure: 'impossible', message: expect.stringContaining(message) }
        await expect(containers.create(spec)).rejects.toMatchObject(why)
      }
      expect(() => readFileSync(source)).toThrow('ENOENT')
    })
  })

  describe('is started', () => {
    test('and may run already, or be paused', async () => {
      const { containers, started } = house()
      const id = await started(['sleep', '600'])
      await containers.start(id)
      await direct.getContainer(id).pause()
      await containers.start(id)
      await direct.getContainer(id).unpause()
    })

    test('never, where its command is not to be had', async () => {
      const { containers, container, labels } = house()
      for (const [command, message] of [
        ['strandline-has-no-such-command', 'executable file not found'],
        ['/bin', 'permission denied'],
      ] as const) {
        const id = await containers.create(container([command]))
        const why = { failure: 'impossible', message: expect.stringContaining(message) }
        await expect(containers.start(id)).rejects.toMatchObject(why)
      }
      const reports = await containers.list(labels)
      expect(reports.map(({ state, exitCode }) => [state, exitCode])).toEqual([
        ['created', null],
        ['created', null],
      ])
    })

    test('never, where a directory has gone meanwhile', async () => {
      const { containers, container } = house()
      const source = join(place(), 'going')
      mkdirSync(source)
      const id = await containers.create(container(['true'], { binds: [{ source, target: '/bound' }] }))
      rmSync(source, { recursive: true })
      await expect(containers.start(id)).rejects.toMatchObject({ failure: 'impossible' })
    })

    test('never, where there is none', async () => {
      const { containers } = house()
      await expect(containers.start(nobody)).rejects.toMatchObject({ failure: 'missing' })
      await expect(containers.start('../info' as ContainerId)).rejects.toThrow(RangeError)
    })
  })

  describe('is waited for', () => {
    test('and tells its exit code, also when it has ended before, and every time', async () => {
      const { started, waited, run } = house()
      const id = await started(['sh', '-c', 'exit 3'])
      expect(await waited(id, await run())).toBe(3)
      expect(await waited(id, await run())).toBe(3)
    })

    test('and tells 137 when it is killed, or removed', async () => {
      const { containers, started, waited, run } = house()
      for (const end of ['kill', 'remove'] as const) {
        const id = await started(['sh', '-c', 'echo begun; sleep 600'])
        const own = await run()
        const { waiting } = await begun(() => waited(id, own))
        await containers[end](id, 'SIGKILL')
        expect(await waiting).toBe(137)
      }
    })

    test('but not where it has not been started, or is not there', async () => {
      const { containers, container, waited, run } = house()
      const id = await containers.create(container(['true']))
      await expect(waited(id, await run())).rejects.toMatchObject({ failure: 'failed' })
      await expect(waited(nobody, await run())).rejects.toMatchObject({ failure: 'missing' })
    })

    test('until the wait is aborted, which leaves nothing behind, and the container alone', async () => {
      const { containers, started, run, labels } = house()
      const id = await started(['sleep', '600'])
      const abort = new AbortController()
      const reason = new Error('enough')
      const own = await run()
      const { waiting } = await begun(() => containers.wait(id, own, abort.signal))
      abort.abort(reason)
      await expect(waiting).rejects.toBe(reason)
      expect(getEventListeners(abort.signal, 'abort')).toEqual([])
      await quiet()
      expect(await containers.list(labels)).toMatchObject([{ id, state: 'running' }])
      await expect(containers.wait(id, own, abort.signal)).rejects.toBe(reason)
    })

    test('and the signal is let go of when it has ended', async () => {
      const { containers, started, run } = house()
      const { signal } = new AbortController()
      await containers.wait(await started(['true']), await run(), signal)
      expect(getEventListeners(signal, 'abort')).toEqual([])
    })
  })

  describe('ends', () => {
    test('by a signal, which the one that does not run has no use for', async () => {
      const { containers, container, started, waited, run } = house()
      const id = await started(['sh', '-c', 'trap "exit 9" TERM; while :; do sleep 0.01; done'])
      const own = await run()
      const code = waited(id, own)
      await until(async () => (await containers.kill(id, 'SIGTERM')) === 'gone')
      expect(await code).toBe(9)
      expect(await containers.kill(await containers.create(container(['true'])), 'SIGKILL')).toBe('gone')
      expect(await containers.kill(nobody, 'SIGKILL')).toBe('gone')
    })

    test('by its removal, after which its name is free', async () => {
      const { containers, container, labels } = house()
      const spec = container(['sleep', '600'])
      const id = await containers.create(spec)
      await containers.start(id)
      await containers.remove(id)
      await containers.create(spec)
      expect(await containers.list(labels)).toMatchObject([{ name: spec.name, state: 'created' }])
      await containers.remove(id)
      await containers.remove(nobody)
    })

    test('by one removal; whoever asks meanwhile is told that it is under way', async () => {
      const { containers, started, labels } = house()
      const failures: unknown[] = []
      await until(async () => {
        const id = await started(['sleep', '600'])
        const ends = await Promise.allSettled(Array.from({ length: 8 }, () => containers.remove(id)))
        failures.push(...ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.failure] : [])))
        return failures.length > 0
      })
      expect(new Set(failures)).toEqual(new Set(['busy']))
      await until(async () => (await containers.list(labels)).length === 0)
    })
  })

  test('is listed by its labels, in the order of creation, with its state and its exit code', async () => {
    const { containers, container, started, waited, run, labels } = house()
    const ids: ContainerId[] = []
    ids.push(await containers.create(container(['true'])))
    ids.push(await started(['sleep', '600']))
    ids.push(await started(['sh', '-c', 'exit 7']))
    await waited(ids[2]!, await run())
    const more = { ...labels, other: 'a=b' }
    ids.push(await started(['sleep', '600'], { labels: more }))
    await direct.getContainer(ids[3]!).pause()
    const reports = await containers.list(labels)
    expect(reports.map(({ id, state, exitCode }) => ({ id, state, exitCode }))).toEqual([
      { id: ids[0], state: 'created', exitCode: null },
      { id: ids[1], state: 'running', exitCode: null },
      { id: ids[2], state: 'exited', exitCode: 7 },
      { id: ids[3], state: 'running', exitCode: null },
    ])
    expect(await containers.list(more)).toMatchObject([{ id: ids[3], labels: more }])
    expect(await containers.list({ ...labels, other: 'a' })).toEqual([])
    await direct.getContainer(ids[3]!).unpause()
  })
})
