/** bind, umount and umount -l. Only root may; a bind source is never busy, and is none the worse for it (A5, A16, A17). */
import type { Caller } from './change.ts'
import type { Answer } from './errno.ts'
import { ROOT_UID } from './inode.ts'
import { Mount } from './mount.ts'
import { find, topmost } from './path.ts'

/** `mount --bind`: what is mounted below the source does not come with it. */
export function bind(caller: Caller, from: string, to: string, isReadOnly: boolean): Answer {
  const target = find(caller, to)
  if (typeof target === 'string') return target
  if (caller.uid !== ROOT_UID) return 'EPERM'
  const source = find(caller, from)
  if (typeof source === 'string') return source
  const { mount, inode } = topmost(target)
  if (inode.isDead || mount.namespace === undefined) return 'ENOENT'
  if (mount.namespace !== caller.namespace || source.mount.namespace !== caller.namespace) return 'EINVAL'
  if (source.inode.isDirectory !== inode.isDirectory) return 'ENOTDIR'
  if (source.inode.isDead) return 'ENOENT'
  new Mount(source.inode, caller.namespace, isReadOnly || source.mount.isReadOnly).connect(mount, inode)
  return 'ok'
}

export function unmount(caller: Caller, path: string, how: 'unless busy' | 'lazily'): Answer {
  const found = find(caller, path)
  if (typeof found === 'string') return found
  if (caller.uid !== ROOT_UID) return 'EPERM'
  const { mount, inode } = topmost(found)
  if (inode !== mount.root || mount.namespace !== caller.namespace) return 'EINVAL'
  // The root of a namespace is left alone: Linux has a rule of its own for it.
  if (mount === mount.namespace.root || (how === 'unless busy' && mount.isBusy)) return 'EBUSY'
  mount.detach()
  return 'ok'
}
