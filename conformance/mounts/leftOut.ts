/** What is left out on both sides, though somebody could do it. */
import type { MountNamespace, View } from '../../src/sim/files/index.ts'
import { find, findParent, topmost } from '../../src/sim/files/path.ts'

const MOUNTS_MAX = 10

/** `fs.protected_regular` of the machine decides whether somebody else's file in a sticky directory may be opened so. */
export function isProtected(view: View, path: string): boolean {
  const [named, place] = [findParent(view, path), find(view, path)]
  if (typeof named === 'string' || typeof place === 'string' || !named.directory.inode.isSticky) return false
  return place.inode.uid !== view.uid && place.inode.uid !== named.directory.inode.uid
}

/** The root of a world is a directory of the helper's: what is mounted on it or taken from it is not the sequence's. */
export function leadsToRoot(view: View, path: string): boolean {
  const place = find(view, path)
  return typeof place !== 'string' && topmost(place).mount === view.namespace.root && place.inode === view.root.inode
}

/** Mounts of mounts grow fast. */
export function hasRoom({ root }: MountNamespace): boolean {
  const mounts = [root]
  for (const mount of mounts) mounts.push(...mount.children)
  return mounts.length < MOUNTS_MAX
}
