/** From a path to what it means for one process, as the kernel walks it: through mounts, and not out of its root. */
import type { Errno } from './errno.ts'
import type { Inode } from './inode.ts'
import type { Mount } from './mount.ts'

/** The same inode can be reached through several mounts, and then ".." differs. */
export interface Place {
  readonly mount: Mount
  readonly inode: Inode
}

/** Where a walk begins and what it cannot leave. */
export interface Standing {
  readonly root: Place
  readonly cwd: Place
}

/** The last part of a path before it is looked up: what creates, removes and renames needs the directory that has it. */
export interface Named {
  readonly directory: Place
  /** "." and ".." too; empty for "/". */
  readonly name: string
}

export function find(standing: Standing, path: string): Place | Errno {
  const named = findParent(standing, path)
  return typeof named === 'string' ? named : follow(standing, named.directory, named.name)
}

export function findParent(standing: Standing, path: string): Named | Errno {
  if (path === '') return 'ENOENT'
  const names = path.split('/')
  let directory = names[0] === '' ? standing.root : standing.cwd
  let last = ''
  for (const name of names) {
    if (name === '') continue
    if (last !== '') {
      const next = follow(standing, directory, last)
      if (typeof next === 'string') return next
      if (!next.inode.isDirectory) return 'ENOTDIR'
      directory = next
    }
    last = name
  }
  return { directory, name: last }
}

export function isOrdinary(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..'
}

/** What is seen there: the last of the mounts that stand on each other. */
export function topmost(place: Place): Place {
  for (;;) {
    const { mount, inode } = place
    const above = inode.coverings === undefined ? undefined : mount.childOn(inode)
    if (above === undefined) return place
    place = { mount: above, inode: above.root }
  }
}

function follow(standing: Standing, directory: Place, name: string): Place | Errno {
  if (name === '' || name === '.') return directory
  if (name === '..') return up(standing, directory)
  const inode = directory.inode.entries!.get(name)
  if (inode === undefined) return 'ENOENT'
  return topmost({ mount: directory.mount, inode })
}

function up({ root }: Standing, place: Place): Place | Errno {
  const below = outOfMount(root, place)
  if (below === undefined) return topmost(place)
  const { mount, inode } = below
  // It was renamed out of what this mount shows: there is no way up from there.
  if (!inode.parent.isWithin(mount.root)) return 'ENOENT'
  return topmost({ mount, inode: inode.parent })
}

/** From the root of a mount to the directory that it stands on; undefined where there is no way further up. */
function outOfMount(root: Place, place: Place): Place | undefined {
  let { mount, inode } = place
  for (;;) {
    if (mount === root.mount && inode === root.inode) return undefined
    if (inode !== mount.root) return { mount, inode }
    if (mount.parent === undefined) return undefined
    inode = mount.mountpoint!
    mount = mount.parent
  }
}

/** As getcwd(2) tells it: ENOENT where it was removed, or where nothing leads to it any more. */
export function pathOf({ root, cwd }: Standing): `/${string}` | 'ENOENT' {
  let path = ''
  let { mount, inode } = cwd
  if (inode.isDead) return 'ENOENT'
  while (mount !== root.mount || inode !== root.inode) {
    if (inode === mount.root) {
      if (mount.parent === undefined) return 'ENOENT'
      inode = mount.mountpoint!
      mount = mount.parent
      continue
    }
    if (inode.parent === inode) return 'ENOENT'
    path = `/${nameOf(inode)}${path}`
    inode = inode.parent
  }
  return path === '' ? '/' : (path as `/${string}`)
}

function nameOf(inode: Inode): string {
  for (const [name, entry] of inode.parent.entries!) if (entry === inode) return name
  throw new Error('a directory that has a name is not in its parent')
}
