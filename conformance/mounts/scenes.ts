/** Several operations that lead where single ones seldom do: into mounts and directories that somebody else takes away. */
import fc from 'fast-check'
import type { Aim, Op } from './operation.ts'

/** Names of their own, so that they seldom meet what is there already. */
const [UPPER, LOWER, BESIDE] = ['/m', '/m/n', '/n']
const USER = 3
const PROBES_MAX = 4
const RELATIVE = ['.', '..', 'n', 'a', '../n', 'n/..', 'n/a', '../..']

const who = fc.nat(3)
const maybe = fc.boolean()

const at = (path: string): Aim => ({ at: 'path', path })
const anyDirectory: fc.Arbitrary<Aim> = fc.record({ at: fc.constant('directory' as const), nth: fc.nat(23) })
const relative: fc.Arbitrary<Aim> = fc.constantFrom(...RELATIVE).map(at)

const mkdir = (who: number, path: string, sticky = false): Op => ({ op: 'mkdir', who, path: at(path), sticky })
const bind = (who: number, from: Aim, to: string): Op => ({ op: 'bind', who, from, to: at(to), readOnly: false })
const enter = (who: number, path: string): Op => ({ op: 'chdir', who, path: at(path) })
const rename = (who: number, from: string, to: string): Op => ({ op: 'rename', who, from: at(from), to: at(to) })
const when = (isSo: boolean, ...ops: readonly Op[]): readonly Op[] => (isSo ? ops : [])

/** What somebody tries who stands there. */
function probes(who: number): fc.Arbitrary<readonly Op[]> {
  const probe: fc.Arbitrary<Op> = fc.oneof(
    fc.record({
      op: fc.constantFrom('stat' as const, 'readdir' as const, 'chdir' as const, 'rmdir' as const),
      who: fc.constant(who),
      path: relative,
    }),
    fc.record({
      op: fc.constantFrom('umount' as const, 'detach' as const),
      who: fc.constant(who),
      path: relative,
    }),
    fc.record({
      op: fc.constant('bind' as const),
      who: fc.constant(who),
      from: fc.oneof(anyDirectory, relative),
      to: relative,
      readOnly: fc.constant(false),
    }),
    fc.record({
      op: fc.constant('rename' as const),
      who: fc.constant(who),
      from: fc.oneof(fc.constant(at(UPPER)), relative),
      to: relative,
    }),
    fc.record({ op: fc.constant('getcwd' as const), who: fc.constant(who) }),
  )
  return fc.array(probe, { maxLength: PROBES_MAX })
}

/** A mount within a mount, somebody in either of them, and the outer one goes. */
const within = fc
  .record({ who, other: who, apart: maybe, deep: maybe, outer: anyDirectory, inner: anyDirectory, end: fc.nat(3) })
  .map(({ who, other, apart, deep, outer, inner, end }) => {
    const ends: readonly Op[] = [
      { op: 'rmdir', who: other, path: at(UPPER) },
      { op: 'detach', who, path: at(UPPER) },
      rename(other, BESIDE, UPPER),
      { op: 'umount', who, path: at(UPPER) },
    ]
    const ops = [
      ...when(apart, { op: 'unshare', who }),
      ...[mkdir(other, UPPER), mkdir(other, BESIDE), bind(who, outer, UPPER), enter(who, UPPER)],
      ...[mkdir(who, 'n'), bind(who, inner, 'n')],
      ...when(deep, enter(who, 'n')),
      ends[end]!,
    ]
    return { who, ops }
  })

/** Somebody stands in what a mount shows, and it is renamed to where the mount does not reach. */
const outside = fc.record({ who, other: who, nth: fc.nat(23), deep: maybe }).map(({ who, other, nth, deep }) => {
  const ops = [
    ...[mkdir(other, UPPER), mkdir(other, LOWER), mkdir(other, `${LOWER}/a`), mkdir(who, BESIDE)],
    ...[bind(who, at(UPPER), BESIDE), enter(who, deep ? `${BESIDE}/n/a` : `${BESIDE}/n`)],
    { op: 'rename', who: other, from: at(LOWER), to: { at: 'name', nth, name: 'c' } } as const,
  ]
  return { who, ops }
})

/** Somebody stands in a directory, or has it mounted, and it is removed. */
const removed = fc.record({ who, other: who, mounted: maybe }).map(({ who, other, mounted }) => {
  const ops = [
    ...[mkdir(other, UPPER), mkdir(other, LOWER)],
    ...when(mounted, mkdir(who, BESIDE), bind(who, at(LOWER), BESIDE)),
    enter(who, mounted ? BESIDE : LOWER),
    { op: 'rmdir', who: other, path: at(LOWER) } as const,
  ]
  return { who, ops }
})

/** Mounts on the directory in which somebody stands. */
const overhead = fc.record({ who, from: anyDirectory, again: maybe }).map(({ who, from, again }) => {
  const here = [mkdir(who, UPPER), enter(who, UPPER), bind(who, from, '.')]
  return { who, ops: [...here, ...when(again, bind(who, at('.'), '.'))] }
})

/** A mount from which something is open, and closed before it is unmounted or not. */
const opened = fc.record({ who, from: anyDirectory, closed: maybe }).map(({ who, from, closed }) => {
  const ops: readonly Op[] = [
    ...[mkdir(who, UPPER), bind(who, from, UPPER)],
    { op: 'open', who, path: at(UPPER), mode: 'read' },
    ...when(closed, { op: 'close', who, file: -1 }),
    { op: 'umount', who, path: at(UPPER) },
  ]
  return { who, ops }
})

/** A directory of a user's, in which there is one of root's. */
const shared = fc.record({ sticky: maybe, elsewhere: maybe }).map(({ sticky, elsewhere }) => {
  const ops = [
    ...[mkdir(0, UPPER, true), mkdir(USER, LOWER, sticky), mkdir(USER, `${UPPER}/b`), mkdir(0, `${LOWER}/a`)],
    rename(USER, `${LOWER}/a`, elsewhere ? `${UPPER}/b/a` : `${LOWER}/c`),
    { op: 'rmdir', who: USER, path: at(`${LOWER}/a`) } as const,
  ]
  return { who: USER, ops }
})

export const scene: fc.Arbitrary<readonly Op[]> = fc
  .oneof(within, within, outside, removed, overhead, opened, shared)
  .chain(({ who, ops }) => probes(who).map((more) => [...ops, ...more]))
