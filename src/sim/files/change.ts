/**
 * Making, removing and renaming. In each the order of the checks is the kernel's, since several may fail at once (A3):
 * what is to be removed is looked up first, then comes whose it is, then what it is, then whether it is busy, and only
 * at the end whether it is empty. So a mountpoint that is full is EBUSY.
 */
import type { Answer, Errno } from './errno.ts'
import type { Inode, Writer } from './inode.ts'
import type { MountNamespace } from './mount.ts'
import { findParent, isOrdinary, type Named, type Standing } from './path.ts'

/** Who makes the call. */
export interface Caller extends Standing {
  readonly namespace: MountNamespace
  readonly uid: number
  /** A new inode in this directory, which is the caller's. */
  create(parent: Inode, isDirectory: boolean, isSticky?: boolean): Inode
}

export function makeDirectory(caller: Caller, path: string, isSticky: boolean): Answer {
  const named = findParent(caller, path)
  if (typeof named === 'string') return named
  const { directory, name } = named
  if (!isOrdinary(name)) return 'EEXIST'
  if (directory.inode.entries!.has(name)) return 'EEXIST'
  const refused = refusesNew(caller, named)
  if (refused !== undefined) return refused
  directory.inode.entries!.set(name, caller.create(directory.inode, true, isSticky))
  return 'ok'
}

/** Where open(2) is to create a file. */
export function makeFile(caller: Caller, named: Named, writer: Writer): Inode | Errno {
  const { directory, name } = named
  const refused = refusesNew(caller, named)
  if (refused !== undefined) return refused
  const file = caller.create(directory.inode, false)
  file.writer = writer
  directory.inode.entries!.set(name, file)
  return file
}

export function removeDirectory(caller: Caller, path: string): Answer {
  const named = findParent(caller, path)
  if (typeof named === 'string') return named
  const { directory, name } = named
  if (name === '..') return 'ENOTEMPTY'
  if (name === '.') return 'EINVAL'
  if (name === '') return 'EBUSY'
  if (directory.mount.isReadOnly) return 'EROFS'
  const victim = directory.inode.entries!.get(name)
  if (victim === undefined) return 'ENOENT'
  const refused = refusesRemoval(caller, victim, true)
  if (refused !== undefined) return refused
  if (victim.isMountpointIn(caller.namespace)) return 'EBUSY'
  if (victim.entries!.size > 0) return 'ENOTEMPTY'
  bury(victim, name)
  return 'ok'
}

export function removeFile(caller: Caller, path: string): Answer {
  const named = findParent(caller, path)
  if (typeof named === 'string') return named
  const { directory, name } = named
  if (!isOrdinary(name)) return 'EISDIR'
  if (directory.mount.isReadOnly) return 'EROFS'
  const victim = directory.inode.entries!.get(name)
  if (victim === undefined) return 'ENOENT'
  const refused = refusesRemoval(caller, victim, false)
  if (refused !== undefined) return refused
  if (victim.isMountpointIn(caller.namespace)) return 'EBUSY'
  bury(victim, name)
  return 'ok'
}

export function rename(caller: Caller, from: string, to: string): Answer {
  const source = findParent(caller, from)
  if (typeof source === 'string') return source
  const target = findParent(caller, to)
  if (typeof target === 'string') return target
  if (source.directory.mount !== target.directory.mount) return 'EXDEV'
  if (!isOrdinary(source.name) || !isOrdinary(target.name)) return 'EBUSY'
  if (source.directory.mount.isReadOnly) return 'EROFS'
  const [oldParent, newParent] = [source.directory.inode, target.directory.inode]
  const moved = oldParent.entries!.get(source.name)
  if (moved === undefined || newParent.isDead) return 'ENOENT'
  const replaced = newParent.entries!.get(target.name)
  if (moved.isDirectory && newParent.isWithin(moved)) return 'EINVAL'
  if (replaced !== undefined && replaced !== moved && oldParent.isWithin(replaced)) return 'ENOTEMPTY'
  if (replaced === moved) return 'ok'
  const refused =
    refusesRemoval(caller, moved, moved.isDirectory) ??
    (replaced === undefined ? refusesNew(caller, target) : refusesRemoval(caller, replaced, moved.isDirectory))
  if (refused !== undefined) return refused
  // Its ".." changes.
  if (moved.isDirectory && oldParent !== newParent && !moved.mayBeChangedBy(caller.uid)) return 'EACCES'
  if (moved.isMountpointIn(caller.namespace) || replaced?.isMountpointIn(caller.namespace)) return 'EBUSY'
  if (replaced?.entries !== undefined && replaced.entries.size > 0) return 'ENOTEMPTY'
  if (replaced !== undefined) bury(replaced, target.name)
  oldParent.entries!.delete(source.name)
  newParent.entries!.set(target.name, moved)
  moved.parent = newParent
  return 'ok'
}

function refusesNew(caller: Caller, { directory }: Named): Errno | undefined {
  if (directory.inode.isDead) return 'ENOENT'
  if (directory.mount.isReadOnly) return 'EROFS'
  return directory.inode.mayBeChangedBy(caller.uid) ? undefined : 'EACCES'
}

function refusesRemoval({ uid }: Caller, victim: Inode, asDirectory: boolean): Errno | undefined {
  if (!victim.parent.mayBeChangedBy(uid)) return 'EACCES'
  if (victim.isProtectedFrom(uid)) return 'EPERM'
  if (asDirectory && !victim.isDirectory) return 'ENOTDIR'
  if (!asDirectory && victim.isDirectory) return 'EISDIR'
  return undefined
}

/** It loses its name. No mount of the caller's namespace stands on it; those of other namespaces go, and are not asked. */
function bury(victim: Inode, name: string): void {
  victim.parent.entries!.delete(name)
  victim.isDead = true
  for (const mount of victim.coverings?.slice() ?? []) mount.loseMountpoint()
}
