/**
 * A file or a directory, whatever its name is and whether or not it still has one.
 *
 * Linux knows two things here, the inode and the name by which it was reached. Without hard links each file has one name,
 * and then one object is enough: mounts stand on it, and go with it where it is renamed to (A4).
 */

export const ROOT_UID = 0

/** An opaque tag of whoever wrote last, for those who judge a run. */
export type Writer = unknown

/** A mount, as far as the inode must know it on which it stands. */
export interface Covering {
  /** Undefined once it is detached. */
  readonly namespace: object | undefined
  loseMountpoint(): void
}

export class Inode {
  /** Never used again, unlike an inode number. */
  readonly generation: number
  readonly uid: number
  /** A directory in which everybody may create, and remove what is theirs (mode 1777). All else is its owner's (755). */
  readonly isSticky: boolean
  /** Undefined for a file. In the order of creation. */
  readonly entries: Map<string, Inode> | undefined
  /** The directory that has it, or had it last; the root of the tree has itself. */
  parent: Inode
  /** It has no name any more: only mounts, open files and current directories still lead to it. */
  isDead = false
  text = ''
  writer: Writer = undefined
  /** What is mounted on it, in any namespace; undefined where nothing ever was. */
  coverings: Covering[] | undefined = undefined

  constructor(generation: number, parent: Inode | undefined, isDirectory: boolean, uid: number, isSticky = false) {
    this.generation = generation
    this.parent = parent ?? this
    this.entries = isDirectory ? new Map() : undefined
    this.uid = uid
    this.isSticky = isSticky
  }

  get isDirectory(): boolean {
    return this.entries !== undefined
  }

  /** As tmpfs and ext4 count: a directory has its name, its own "." and the ".." of each directory in it. */
  get nlink(): number {
    if (this.isDead) return 0
    if (this.entries === undefined) return 1
    let links = 2
    for (const entry of this.entries.values()) if (entry.isDirectory) links++
    return links
  }

  isWithin(ancestor: Inode): boolean {
    for (let inode: Inode = this; ; inode = inode.parent) {
      if (inode === ancestor) return true
      if (inode.parent === inode) return false
    }
  }

  /** The question that decides on EBUSY: mounts of other namespaces do not count (A1, A10). */
  isMountpointIn(namespace: object): boolean {
    return this.coverings?.some((covering) => covering.namespace === namespace) ?? false
  }

  mayBeChangedBy(uid: number): boolean {
    return uid === ROOT_UID || uid === this.uid || this.isSticky
  }

  /** In a sticky directory, only what is one's own, or everything if the directory is. */
  isProtectedFrom(uid: number): boolean {
    const directory = this.parent
    return directory.isSticky && uid !== ROOT_UID && uid !== this.uid && uid !== directory.uid
  }
}
