/**
 * What is easily got wrong, each as short as it became where a model had it wrong, and mended since. They are compared
 * first, always.
 */
import type { Settled } from '../family.ts'
import type { Aim, Op } from './operation.ts'

const at = (path: string): Aim => ({ at: 'path', path })
const on = <Name extends 'rmdir' | 'umount' | 'detach' | 'chdir' | 'stat' | 'readdir'>(
  op: Name,
  who: number,
  path: string,
) => ({
  op,
  who,
  path: at(path),
})
const mkdir = (...paths: readonly string[]): Op[] =>
  paths.map((path) => ({ op: 'mkdir', who: 0, path: at(path), sticky: false }))
const bind = (who: number, from: string, to: string): Op => ({
  op: 'bind',
  who,
  from: at(from),
  to: at(to),
  readOnly: false,
})
const rename = (who: number, from: string, to: string): Op => ({ op: 'rename', who, from: at(from), to: at(to) })
const write = (who: number, path: string): Op => ({ op: 'write', who, path: at(path) })

export const settled: readonly Settled<Op>[] = [
  {
    story: 'a directory without a name can be neither bound nor bound to, also where it is not what is asked for',
    ops: [
      ...mkdir('/a', '/b', '/c'),
      write(0, '/f'),
      bind(0, '/a', '/b'),
      on('rmdir', 0, '/a'),
      ...[bind(0, '/b', '/c'), bind(0, '/c', '/b'), bind(0, '/b', '/f'), bind(0, '/f', '/b')],
    ],
  },
  {
    story: 'bind to "." stands on what is mounted there, and from "." is what one stands in',
    ops: [
      ...mkdir('/a', '/a/1', '/b', '/b/2', '/c', '/c/3', '/d'),
      ...[on('chdir', 0, '/a'), bind(0, '/b', '.'), bind(0, '/c', '.'), bind(0, '.', '/d')],
      ...[on('readdir', 0, '.'), on('readdir', 0, '/a'), on('readdir', 0, '/d')],
    ],
  },
  {
    story: 'umount of "." is of the last mount that stands there',
    ops: [
      ...mkdir('/a', '/b', '/b/2'),
      ...[on('chdir', 0, '/a'), on('umount', 0, '.'), bind(0, '/b', '.'), on('readdir', 0, '/a')],
      ...[on('umount', 0, '.'), on('readdir', 0, '/a'), on('umount', 0, '.')],
    ],
  },
  {
    story: 'in a mount that was detached nothing can be mounted, and what is mounted below stays',
    ops: [
      ...mkdir('/a', '/a/n', '/b', '/c', '/c/3'),
      { op: 'unshare', who: 1 },
      ...[bind(1, '/a', '/b'), bind(1, '/c', '/b/n'), on('chdir', 1, '/b'), on('rmdir', 0, '/b')],
      ...[bind(1, '/c', '.'), on('umount', 1, '.'), bind(1, '.', '/c'), on('readdir', 1, 'n'), on('stat', 1, '..')],
    ],
  },
  {
    story: 'a rename into a directory without a name is ENOENT, also where it would be into itself',
    ops: [
      ...mkdir('/a', '/a/b'),
      on('chdir', 0, '/a/b'),
      on('rmdir', 1, '/a/b'),
      rename(0, '/a', 'c'),
      rename(0, '/b', 'c'),
    ],
  },
  {
    story: '".." does not lead out of what a mount shows',
    ops: [
      ...mkdir('/a', '/a/n', '/b', '/c'),
      ...[bind(0, '/a', '/b'), on('chdir', 0, '/b/n'), rename(1, '/a/n', '/c/n')],
      ...[on('stat', 0, '..'), { op: 'getcwd', who: 0 } as const, on('chdir', 1, '/c/n'), on('stat', 1, '..')],
    ],
  },
]
