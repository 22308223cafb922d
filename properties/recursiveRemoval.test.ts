// Recursive removals of the simulated files, row by row of the kernel's rules: what they leave at a mountpoint, and what
// comes of them while others go on. conformanceMounts.test.ts plays them for real.

import { describe, expect, test } from 'vitest'
import { type RemovalKind, removeTree, type View } from '../src/sim/files/index.ts'
import { machine, textOf } from './support/simulatedFiles.ts'

/** The removal of a directory, whose steps run in the order that `pick` says; what was called, and what came of it. */
function removal(view: View, kind: RemovalKind, pick: (waiting: number) => number = () => 0, path = '/t') {
  const waiting: { step: () => void; call: string; path: string }[] = []
  const calls: string[] = []
  const told: unknown[] = []
  removeTree(
    view,
    path,
    kind,
    (step, call, path) => waiting.push({ step, call, path }),
    (failure) => told.push(failure ?? 'ok'),
  )
  const next = () => {
    const [chosen] = waiting.splice(pick(waiting.length), 1)
    calls.push(`${chosen!.call} ${chosen!.path}`)
    chosen!.step()
  }
  return {
    calls,
    told,
    waiting,
    next,
    untilTold: () => {
      while (told.length === 0) next()
    },
    toTheEnd: () => {
      while (waiting.length > 0) next()
    },
  }
}

/** Beside m, on which the host has mounted /source, there is more in /t. */
function mountWithin() {
  const { host, ...rest } = machine()
  for (const path of ['/t', '/t/a', '/t/m', '/t/z', '/t/z/q', '/source']) host.mkdir(path)
  host.write('/source/s', 'precious')
  host.write('/t/a/1', 'x')
  host.write('/t/z/q/y', 'x')
  host.bind('/source', '/t/m')
  return { host, ...rest }
}

const KINDS: readonly RemovalKind[] = ['sequential', 'promises', 'sync26', 'coreutils']

describe('recursive removals', () => {
  test.each(KINDS)('%s removes everything, in whatever order its calls are carried out', (kind) => {
    for (const pick of [() => 0, (waiting: number) => waiting - 1, (waiting: number) => waiting >> 1]) {
      const { host } = mountWithin()
      host.umount('/t/m')
      const { told, toTheEnd } = removal(host, kind, pick)
      toTheEnd()
      expect(told).toEqual(['ok'])
      expect(host.stat('/t')).toBe('ENOENT')
    }
  })

  test.each(KINDS)('R8: %s is content where there is nothing', (kind) => {
    const { told, toTheEnd } = removal(machine().host, kind)
    toTheEnd()
    expect(told).toEqual(['ok'])
  })

  test('R1: promises tries rmdir first, then all children at once, four calls at a time', () => {
    const { host } = machine()
    host.mkdir('/t')
    for (const name of 'abcdef') host.write(`/t/${name}`, '')
    const { calls, waiting, next } = removal(host, 'promises')
    for (let nth = 0; nth < 4; nth++) next()
    expect(calls).toEqual(['lstat /t', 'lstat /t', 'rmdir /t', 'readdir /t'])
    expect(waiting.map(({ call, path }) => `${call} ${path}`)).toEqual([
      ...['lstat /t/a', 'lstat /t/b', 'lstat /t/c', 'lstat /t/d'],
    ])
    next()
    expect(waiting.at(-1)?.path).toBe('/t/e')
  })

  test('R2, R4: promises fails at the mountpoint, leaves what is mounted, and goes on with the rest', () => {
    const { host } = mountWithin()
    const { told, untilTold, toTheEnd } = removal(host, 'promises')
    untilTold()
    expect(told).toEqual([{ code: 'EBUSY', path: '/t/m' }])
    expect(host.stat('/t/z/q/y')).toMatchObject({ kind: 'file' })
    toTheEnd()
    expect(told).toHaveLength(1)
    expect(host.readdir('/t')).toEqual(['m'])
    expect(textOf(host, '/source/s')).toBe('precious')
  })

  test('R3: what is made anew after the error is destroyed by what goes on', () => {
    const { host } = mountWithin()
    const { untilTold, toTheEnd } = removal(host, 'promises')
    untilTold()
    expect(host.write('/t/z/q/y', 'made anew')).toBe('ok')
    toTheEnd()
    expect(host.read('/t/z/q/y')).toBe('ENOENT')
  })

  test('R4, R6: sync26 empties what is mounted, then fails with an error that tells nothing', () => {
    const { host } = mountWithin()
    const { told, toTheEnd } = removal(host, 'sync26')
    toTheEnd()
    expect(told).toEqual([{ code: '', path: '/t' }])
    expect(host.readdir('/source')).toEqual([])
    expect(host.readdir('/t')).toEqual(['a', 'm'])
  })

  test('R4, R7: coreutils empties what is mounted, goes on, and leaves the mountpoint and what is above it', () => {
    const { host } = mountWithin()
    const { told, toTheEnd } = removal(host, 'coreutils')
    toTheEnd()
    expect(told).toEqual([{ code: 'EBUSY', path: '/t/m' }])
    expect(host.readdir('/source')).toEqual([])
    expect(host.readdir('/t')).toEqual(['m'])
  })

  test('sequential stops at the mountpoint, does nothing after that, and leaves what is mounted', () => {
    const { host } = mountWithin()
    const { told, waiting, toTheEnd } = removal(host, 'sequential')
    toTheEnd()
    expect(told).toEqual([{ code: 'EBUSY', path: '/t/m' }])
    expect(waiting).toEqual([])
    expect(host.readdir('/t')).toEqual(['m', 'z'])
    expect(textOf(host, '/source/s')).toBe('precious')
  })

  test('sequential may not take itself the right to a directory of somebody else', () => {
    const { files, host } = machine()
    const user = files.view({ namespace: files.initial, uid: 1000 })
    host.mkdir('/tmp', { sticky: true })
    user.mkdir('/tmp/t')
    host.mkdir('/tmp/t/theirs')
    host.write('/tmp/t/theirs/file', 'x')
    const { told, calls, toTheEnd } = removal(user, 'sequential', () => 0, '/tmp/t')
    toTheEnd()
    expect(calls.slice(-2)).toEqual(['unlink /tmp/t/theirs/file', 'chmod /tmp/t/theirs'])
    expect(told).toEqual([{ code: 'EPERM', path: '/tmp/t/theirs' }])
    expect(textOf(host, '/tmp/t/theirs/file')).toBe('x')
  })

  /** Somebody writes into /t/sub before each call whose name this is, so often. */
  function withWriter(kind: RemovalKind, before: string, times: number) {
    const { host } = machine()
    host.mkdir('/t')
    host.mkdir('/t/sub')
    host.write('/t/sub/0', '')
    const run = removal(host, kind)
    let written = 0
    while (run.waiting.length > 0) {
      const { call, path } = run.waiting[0]!
      if (`${call} ${path}` === before && run.calls.includes('readdir /t/sub') && written < times) {
        host.write(`/t/sub/w${++written}`, '')
      }
      run.next()
    }
    return { host, ...run }
  }

  test.each([
    { kind: 'promises', outcome: { code: 'ENOTEMPTY', path: '/t/sub' } },
    { kind: 'coreutils', outcome: { code: 'ENOTEMPTY', path: '/t/sub' } },
    { kind: 'sync26', outcome: 'ok' },
    { kind: 'sequential', outcome: 'ok' },
  ] as const)('R9: $kind against somebody who writes once more', ({ kind, outcome }) => {
    const { host, told } = withWriter(kind, 'rmdir /t/sub', 1)
    expect(told).toEqual([outcome])
    expect(host.readdir('/t')).toEqual(outcome === 'ok' ? 'ENOENT' : ['sub'])
  })

  test('R9: sync26 never ends while somebody writes, sequential gives up', () => {
    const given = withWriter('sequential', 'rmdir /t/sub', 1000)
    expect(given.told).toEqual([{ code: 'ENOTEMPTY', path: '/t/sub' }])
    const lively = withWriter('sync26', 'rmdir /t/sub', 1000)
    expect(lively.calls.filter((call) => call === 'rmdir /t/sub')).toHaveLength(1001)
    expect(lively.told).toEqual(['ok'])
  })

  test('R10: a directory that a writer makes again is there although the removal is done', () => {
    const { host } = machine()
    host.mkdir('/t')
    const { told, untilTold } = removal(host, 'promises')
    untilTold()
    expect(host.mkdir('/t')).toBe('ok')
    expect(told).toEqual(['ok'])
  })
})
