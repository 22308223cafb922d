/** Random sequences: mostly single operations, of which a world of files and mounts grows, and now and then a scene. */
import fc from 'fast-check'
import type { Mode } from '../../src/sim/files/index.ts'
import { type Aim, type OnFile, type OnMount, type OnPath, type Op, WORKERS } from './operation.ts'
import { scene } from './scenes.ts'

const STEPS_MAX = 100
const NAMES = ['a', 'b', 'c', 'd']
const ODD_PATHS = ['.', '..', '/', 'a', 'b', './a', '../b', '..', 'a/..', 'a/.', '../..', 'a/b', '/a/../b', 'c/../a/d']

const nth = fc.nat(23)
const who = fc.nat(WORKERS - 1)
const name = fc.constantFrom(...NAMES)
const rarely = fc.nat(11).map((n) => n === 11)

const aims = {
  directory: fc.record({ at: fc.constant('directory' as const), nth }),
  file: fc.record({ at: fc.constant('file' as const), nth }),
  anything: fc.record({ at: fc.constant('anything' as const), nth }),
  mountpoint: fc.record({ at: fc.constant('mountpoint' as const), of: who, nth }),
  name: fc.record({ at: fc.constant('name' as const), nth, name }),
  path: fc.record({ at: fc.constant('path' as const), path: fc.constantFrom(...ODD_PATHS) }),
}

function aimed(...weights: readonly [keyof typeof aims, number][]): fc.Arbitrary<Aim> {
  return fc.oneof(...weights.map(([at, weight]) => ({ weight, arbitrary: aims[at] as fc.Arbitrary<Aim> })))
}

function onPath<Name extends OnPath | OnMount>(weight: number, op: Name, path: fc.Arbitrary<Aim>) {
  return { weight, arbitrary: fc.record({ op: fc.constant(op), who, path }) }
}

function onFile(weight: number, op: OnFile) {
  return { weight, arbitrary: fc.record({ op: fc.constant(op), who, file: nth }) }
}

const victim = aimed(['directory', 6], ['mountpoint', 4], ['anything', 2], ['name', 1], ['path', 2])
const newPlace = aimed(['name', 8], ['path', 1])
const written = aimed(['file', 4], ['name', 6], ['anything', 2], ['path', 1])

const single: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({ op: fc.constant('mkdir' as const), who, path: newPlace, sticky: rarely }),
  },
  onPath(12, 'rmdir', victim),
  onPath(5, 'unlink', aimed(['file', 6], ['anything', 3], ['mountpoint', 2], ['path', 1])),
  {
    weight: 14,
    arbitrary: fc.record({
      op: fc.constant('rename' as const),
      who,
      from: aimed(['anything', 8], ['mountpoint', 3], ['path', 1]),
      to: aimed(['name', 5], ['anything', 4], ['mountpoint', 3], ['path', 1]),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ op: fc.constantFrom('write' as const, 'append' as const), who, path: written }),
  },
  onPath(3, 'read', aimed(['file', 4], ['anything', 1], ['path', 1])),
  onPath(3, 'readdir', aimed(['directory', 3], ['anything', 1], ['path', 2])),
  onPath(4, 'stat', aimed(['anything', 3], ['path', 2])),
  onPath(8, 'chdir', aimed(['directory', 5], ['mountpoint', 4], ['anything', 1], ['path', 4])),
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('open' as const),
      who,
      path: aimed(['file', 4], ['directory', 2], ['name', 2], ['mountpoint', 2], ['path', 1]),
      mode: fc.constantFrom<Mode>('read', 'write', 'append'),
    }),
  },
  onFile(3, 'fwrite'),
  onFile(2, 'fread'),
  onFile(2, 'fstat'),
  onFile(3, 'close'),
  {
    weight: 16,
    arbitrary: fc.record({
      op: fc.constant('bind' as const),
      who,
      from: aimed(['directory', 6], ['file', 2], ['mountpoint', 2], ['anything', 1], ['path', 2]),
      to: aimed(['directory', 6], ['file', 2], ['mountpoint', 2], ['anything', 1], ['path', 2]),
      readOnly: rarely,
    }),
  },
  onPath(6, 'umount', aimed(['mountpoint', 8], ['directory', 1], ['path', 2])),
  onPath(4, 'detach', aimed(['mountpoint', 8], ['directory', 1], ['path', 2])),
  { weight: 2, arbitrary: fc.record({ op: fc.constant('getcwd' as const), who }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('unshare' as const), who }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('move' as const), who, to: who }) },
)

/** One, or several that belong together; fast-check takes them away as a whole. */
const step: fc.Arbitrary<readonly Op[]> = fc.oneof(
  { weight: 30, arbitrary: single.map((op) => [op]) },
  { weight: 1, arbitrary: scene },
)

export const sequences: fc.Arbitrary<readonly Op[]> = fc
  .array(step, { minLength: 1, maxLength: STEPS_MAX, size: 'max' })
  .map((steps) => steps.flat())
