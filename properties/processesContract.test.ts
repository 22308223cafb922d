// What a system may rely on when it asks for processes: the same stories on the real and on the simulated machine.

import { describe, expect, test } from 'vitest'
import { SpawnError } from '../src/ports/index.ts'
import { sides } from './support/hostSides.ts'

const SIGTERM = { code: null, signal: 'SIGTERM' }
const SIGKILL = { code: null, signal: 'SIGKILL' }

describe.each(sides)('$name', ({ play }) => {
  test('a process lives until it is signalled, and is gone once its exit was told', () =>
    play(async ({ processes, spec }) => {
      const given = spec('sleeps')
      const { identity, exited } = await processes.spawn(given)
      const { bootId, pidNamespace } = processes.self()
      expect(identity).toMatchObject({ bootId, pidNamespace, token: given.token })
      expect(await processes.probe(identity)).toBe('alive')
      expect(await processes.signalGroup(identity, 'SIGTERM')).toBe('sent')
      expect(await exited).toEqual(SIGTERM)
      expect(await processes.probe(identity)).toBe('gone')
      expect(await processes.signalGroup(identity, 'SIGKILL')).toBe('gone')
    }))

  test('an exit code is told as it is', () =>
    play(async ({ processes, spec }) => {
      const { exited } = await processes.spawn(spec('ends'))
      expect(await exited).toEqual({ code: 3, signal: null })
    }))

  test('SIGKILL ends what ignores SIGTERM', () =>
    play(async ({ processes, spec, until }) => {
      const { identity, exited } = await processes.spawn(spec('stubborn'))
      // The trap stands a moment after the start: then the shell has started its child.
      await until(async () => (await processes.carrying([identity.token])).length > 0)
      expect(await processes.signalGroup(identity, 'SIGKILL')).toBe('sent')
      expect(await exited).toEqual(SIGKILL)
    }))

  test('a command that does not exist is a permanent error', () =>
    play(async ({ processes, spec }) => {
      const error = await processes.spawn(spec('missing')).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(SpawnError)
      expect(error).toMatchObject({ code: 'ENOENT', permanent: true })
      expect((error as SpawnError).message).toContain('strandline-has-no-such-command')
    }))

  test('the number alone is enough only for those who do not ask for more', () =>
    play(async ({ processes, spec }) => {
      const { identity } = await processes.spawn(spec('sleeps'))
      const { pid, startTime, token } = identity
      expect(await processes.probe({ pid })).toBe('alive')
      expect(await processes.probe({ pid, token })).toBe('alive')
      expect(await processes.probe({ pid, startTime })).toBe('alive')
      expect(await processes.probe({ pid, startTime: startTime - 1 })).toBe('gone')
      expect(await processes.probe({ ...identity, token: 'another' })).toBe('gone')
      // then whoever means another process by it does not hit this one
      expect(await processes.signalGroup({ ...identity, token: 'another' }, 'SIGKILL')).toBe('gone')
      expect(await processes.probe(identity)).toBe('alive')
      expect(await processes.signalGroup({ pid }, 'SIGKILL')).toBe('sent')
    }))

  test('processes of another boot or pid namespace cannot be judged, and are not signalled', () =>
    play(async ({ processes, spec }) => {
      const { identity } = await processes.spawn(spec('sleeps'))
      for (const elsewhere of [{ bootId: 'another' }, { pidNamespace: 'another' }]) {
        expect(await processes.probe({ ...identity, ...elsewhere })).toBe('foreign')
        expect(await processes.signalGroup({ ...identity, ...elsewhere }, 'SIGKILL')).toBe('foreign')
      }
      expect(await processes.probe(identity)).toBe('alive')
    }))

  test('whoever carries a token, or one below it, is found, but not who only begins alike', () =>
    play(async ({ processes, spec, token }) => {
      const [first, second] = [await processes.spawn(spec('sleeps')), await processes.spawn(spec('sleeps'))]
      const found = async (...tokens: string[]) =>
        (await processes.carrying(tokens)).map(({ pid }) => pid).sort(byNumber)
      const [one, two] = [first.identity, second.identity]
      const both = [one.pid, two.pid].sort(byNumber)
      expect(await found(token)).toEqual(both)
      expect(await found(`${token}/life`)).toEqual(both)
      expect(await found(one.token, two.token)).toEqual(both)
      expect(await found(one.token)).toEqual([one.pid])
      expect(await found(token.slice(0, -1), `${token}/`, `${token}/li`, `${one.token}/more`)).toEqual([])
      expect(await processes.carrying([two.token])).toEqual([two])
    }))

  test('what a leader leaves in its group is found by its token, and signalled by the number of the leader', () =>
    play(async ({ processes, spec, until }) => {
      const { identity, exited } = await processes.spawn(spec('leaves'))
      await exited
      expect(await processes.probe(identity)).toBe('gone')
      const [left, ...others] = await processes.carrying([identity.token])
      expect(others).toEqual([])
      expect(left).toMatchObject({ token: identity.token })
      expect(left!.pid).not.toBe(identity.pid)
      // when somebody means another run by that number
      expect(await processes.signalGroup({ ...identity, token: 'another' }, 'SIGKILL')).toBe('gone')
      expect(await processes.probe(left!)).toBe('alive')
      // when its own run ends it
      expect(await processes.signalGroup(identity, 'SIGKILL')).toBe('sent')
      await until(async () => (await processes.probe(left!)) === 'gone')
      expect(await processes.carrying([identity.token])).toEqual([])
    }))

  test('a group is signalled by whichever of its members is meant', () =>
    play(async ({ processes, spec, until }) => {
      const { identity, exited } = await processes.spawn(spec('leaves'))
      await exited
      const [left] = await processes.carrying([identity.token])
      expect(await processes.signalGroup(left!, 'SIGKILL')).toBe('sent')
      await until(async () => (await processes.probe(left!)) === 'gone')
    }))

  test('what has left the group is found by its token all the same, and has a group of its own', () =>
    play(async ({ processes, spec, until }) => {
      const { identity, exited } = await processes.spawn(spec('escapes'))
      await exited
      const [left] = await processes.carrying([identity.token])
      await until(async () => (await processes.signalGroup(identity, 'SIGKILL')) === 'gone')
      expect(await processes.probe(left!)).toBe('alive')
      expect(await processes.signalGroup(left!, 'SIGKILL')).toBe('sent')
      await until(async () => (await processes.probe(left!)) === 'gone')
    }))
})

function byNumber(one: number, other: number): number {
  return one - other
}
