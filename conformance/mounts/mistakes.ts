/** Mistakes that somebody could have made in the simulated files: each is planted in their source, and must be found. */
import type { Mistake } from './plantedFiles.ts'

type Change = readonly [story: string, from: string, to: string]

const inodes: readonly Change[] = [
  ['mounts of all namespaces are busy', 'covering.namespace === namespace', 'covering.namespace !== undefined'],
  ['nothing is ever busy', 'covering.namespace === namespace', 'false'],
  ['everybody may change every directory', 'return uid === ROOT_UID || ', 'return true || '],
  ['only its owner may create in a sticky directory', ' || this.isSticky', ''],
  ['a sticky directory protects nothing', 'return directory.isSticky && ', 'return false && '],
  ['the owner of a sticky directory may not clear it', ' && uid !== directory.uid', ''],
  ['what has no name is still linked', 'if (this.isDead) return 0', ''],
  ['a directory is not linked from those in it', 'if (entry.isDirectory) links++', ';'],
]

const mounts: readonly Change[] = [
  ['umount -l leaves what is mounted below', 'mounts.push(...mount.children)', ''],
  [
    'a mountpoint that is removed disconnects what is mounted below',
    'if (this.namespace !== undefined) this.#leave()',
    'if (this.namespace !== undefined) return this.detach()',
  ],
  ['umount does not ask who is inside', 'return this.#uses > 0 || ', 'return '],
  ['umount does not ask what is mounted below', ' || this.children.length > 0', ''],
  [
    'what was mounted below stays connected to what nobody uses',
    'if (this.namespace !== undefined || this.#uses > 0) return',
    'if (this.#uses === this.#uses) return',
  ],
  ['what was mounted below is disconnected under its users', ' || this.#uses > 0) return', ') return'],
  ['a clone has only what is mounted on its root', '[mount, copy] of copies', '[mount, copy] of [...copies]'],
  [
    'a clone can be written to',
    'new Mount(child.root, namespace, child.isReadOnly)',
    'new Mount(child.root, namespace, false)',
  ],
]

const paths: readonly Change[] = [
  ['".." stays at the root of a mount', 'if (mount.parent === undefined) return undefined', 'return undefined'],
  ['".." leads out of what a mount shows', "if (!inode.parent.isWithin(mount.root)) return 'ENOENT'", ''],
  [
    '".." does not see what is mounted there',
    'return topmost({ mount, inode: inode.parent })',
    'return { mount, inode: inode.parent }',
  ],
  [
    'the first of several mounts is seen',
    'place = { mount: above, inode: above.root }',
    'return { mount: above, inode: above.root }',
  ],
  ['a removed directory still has a path', "if (inode.isDead) return 'ENOENT'", ''],
  [
    'a file on the way is told as missing',
    "if (!next.inode.isDirectory) return 'ENOTDIR'",
    "if (!next.inode.isDirectory) return 'ENOENT'",
  ],
]

const SOURCES_ARE_BUSY = `const all = [caller.namespace.root]
  for (const mount of all) all.push(...mount.children)
  if (all.some((mount) => mount.root === victim)) return 'EBUSY'`
const FULL = "if (victim.entries!.size > 0) return 'ENOTEMPTY'"
const BUSY = "if (victim.isMountpointIn(caller.namespace)) return 'EBUSY'"
const REFUSED = 'if (refused !== undefined) return refused'

const changes: readonly Change[] = [
  ['a bind source is busy', FULL, `${FULL}\n${SOURCES_ARE_BUSY}`],
  ['where one stands is busy', FULL, `${FULL}\nif (victim === caller.cwd.inode) return 'EBUSY'`],
  ['full comes before busy', `${BUSY}\n  ${FULL}`, `${FULL}\n${BUSY}`],
  [
    'busy comes before forbidden',
    `const refused = refusesRemoval(caller, victim, true)\n  ${REFUSED}\n`,
    `${BUSY}\nconst refused = refusesRemoval(caller, victim, true)\n  ${REFUSED}\n`,
  ],
  [
    'busy comes before being a directory',
    `const refused = refusesRemoval(caller, victim, false)\n  ${REFUSED}\n`,
    `${BUSY}\nconst refused = refusesRemoval(caller, victim, false)\n  ${REFUSED}\n`,
  ],
  ['what others have mounted stays', 'mount.loseMountpoint()', 'continue'],
  ['a removed directory can be filled', "if (directory.inode.isDead) return 'ENOENT'", ''],
  ['a rename over a mountpoint works', ' || replaced?.isMountpointIn(caller.namespace)', ''],
  ['a mountpoint can be renamed', 'moved.isMountpointIn(caller.namespace) || ', ''],
  ['a rename between mounts works', "if (source.directory.mount !== target.directory.mount) return 'EXDEV'", ''],
  ['a rename into a removed directory is EINVAL first', ' || newParent.isDead) return', ') return'],
  [
    'a directory into itself is told as full',
    "newParent.isWithin(moved)) return 'EINVAL'",
    "newParent.isWithin(moved)) return 'ENOTEMPTY'",
  ],
  [
    'a mountpoint cannot be renamed to itself',
    "if (replaced === moved) return 'ok'",
    "if (replaced === moved) return moved.isMountpointIn(caller.namespace) ? 'EBUSY' : 'ok'",
  ],
  ['a rename needs no right to what is renamed', '&& !moved.mayBeChangedBy(caller.uid)', '&& false'],
  ['rmdir of ".." is EINVAL', "if (name === '..') return 'ENOTEMPTY'", "if (name === '..') return 'EINVAL'"],
  [
    'read-only comes before existing',
    "if (directory.inode.entries!.has(name)) return 'EEXIST'",
    "if (directory.mount.isReadOnly) return 'EROFS'\nif (directory.inode.entries!.has(name)) return 'EEXIST'",
  ],
]

const files: readonly Change[] = [
  ['what is open does not keep its mount', 'place.mount.hold()', ''],
  ['what is closed keeps its mount', 'this.#place.mount.release()', ''],
  ['all is written to the end', "this.#mode === 'append' || ", 'true || '],
  ["emptying somebody else's file on a read-only mount is EACCES", " && !(mode === 'write' && mount.isReadOnly)", ''],
  [
    'a read-only mount lets existing files be written',
    "  if (mount.isReadOnly) return 'EROFS'\n  if (mode",
    '  if (mode',
  ],
]

const mountCalls: readonly Change[] = [
  ['a directory without a name can be mounted', "if (source.inode.isDead) return 'ENOENT'", ''],
  ['a mount in what is detached is EINVAL', ' || mount.namespace === undefined) return', ') return'],
  ['bind of "." goes below what is mounted there', '= topmost(target)', '= target'],
  ['umount of "." means what one stands in', '= topmost(found)', '= found'],
  ['a bind of a read-only mount can be written to', 'isReadOnly || source.mount.isReadOnly', 'isReadOnly'],
  [
    'without a name comes before not a directory',
    "if (source.inode.isDirectory !== inode.isDirectory) return 'ENOTDIR'",
    "if (source.inode.isDead) return 'ENOENT'\nif (source.inode.isDirectory !== inode.isDirectory) return 'ENOTDIR'",
  ],
  ['everybody may mount', "if (caller.uid !== ROOT_UID) return 'EPERM'\n  const source", 'const source'],
]

const processes: readonly Change[] = [
  [
    'unshare leaves one standing in the old mounts',
    'copies.get(this.#cwd.mount) ?? this.#cwd.mount',
    'this.#cwd.mount',
  ],
  [
    'a process that has gone elsewhere keeps the mount',
    '    this.#cwd = place\n    mount.release()',
    '    this.#cwd = place',
  ],
  ['a process that has ended keeps the mount', '    this.#cwd.mount.release()\n', ''],
]

function mistakesIn(file: Mistake['file'], all: readonly Change[]): Mistake[] {
  return all.map(([story, from, to]) => ({ story, file, from, to }))
}

export const mistakes: readonly Mistake[] = [
  ...mistakesIn('inode.ts', inodes),
  ...mistakesIn('mount.ts', mounts),
  ...mistakesIn('path.ts', paths),
  ...mistakesIn('change.ts', changes),
  ...mistakesIn('openFile.ts', files),
  ...mistakesIn('mounting.ts', mountCalls),
  ...mistakesIn('view.ts', processes),
]
