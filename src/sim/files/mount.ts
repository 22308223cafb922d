/**
 * Mounts and their namespaces: what a process finds where, beside the tree of files itself.
 *
 * A bind mount shows a directory or a file at a second place, the mountpoint. It holds the inode, not its name, and the
 * inode is not busy for it: what was removed goes on being seen through the mount, without a name (A5, A6). A mount that
 * is detached belongs to no namespace any more, and lives on as long as somebody stands in it or has a file of it open.
 */
import type { Covering, Inode } from './inode.ts'

export class Mount implements Covering {
  readonly root: Inode
  readonly isReadOnly: boolean
  /** Undefined once it is detached. */
  namespace: MountNamespace | undefined
  /** What it stands on; undefined for the first of a namespace, and where it has been disconnected. */
  parent: Mount | undefined = undefined
  mountpoint: Inode | undefined = undefined
  readonly children: Mount[] = []
  /** Current directories and open files in it. */
  #uses = 0

  constructor(root: Inode, namespace: MountNamespace, isReadOnly: boolean) {
    this.root = root
    this.namespace = namespace
    this.isReadOnly = isReadOnly
  }

  connect(parent: Mount, mountpoint: Inode): void {
    this.parent = parent
    this.mountpoint = mountpoint
    parent.children.push(this)
    mountpoint.coverings ??= []
    mountpoint.coverings.push(this)
  }

  hold(): void {
    this.#uses++
  }

  release(): void {
    this.#uses--
    this.#endUnlessUsed()
  }

  get isBusy(): boolean {
    return this.#uses > 0 || this.children.length > 0
  }

  /** What stands on this place in it. */
  childOn(mountpoint: Inode): Mount | undefined {
    return this.children.find((child) => child.mountpoint === mountpoint)
  }

  /** umount -l: it and all that is mounted below it leave the namespace and each other (A16). */
  detach(): void {
    for (const mount of this.#leave()) mount.#disconnect()
  }

  /** Its mountpoint was removed: what is mounted below it stays with it for whoever is still inside (A10, A11). */
  loseMountpoint(): void {
    if (this.namespace !== undefined) this.#leave()
    this.#disconnect()
    this.#endUnlessUsed()
  }

  #leave(): Mount[] {
    const mounts: Mount[] = [this]
    for (const mount of mounts) {
      mount.namespace = undefined
      mounts.push(...mount.children)
    }
    return mounts
  }

  #disconnect(): void {
    if (this.parent === undefined) return
    remove(this.parent.children, this)
    remove<Covering>(this.mountpoint!.coverings!, this)
    this.parent = undefined
    this.mountpoint = undefined
  }

  /** Nobody can reach its children through it any more. */
  #endUnlessUsed(): void {
    if (this.namespace !== undefined || this.#uses > 0) return
    for (const child of [...this.children]) {
      child.#disconnect()
      child.#endUnlessUsed()
    }
  }
}

/** What a container has for itself. */
export class MountNamespace {
  readonly root: Mount

  constructor(root: Inode, isReadOnly = false) {
    this.root = new Mount(root, this, isReadOnly)
  }

  /** A copy of all mounts, which from then on go their own ways (private propagation). Says which became which. */
  clone(): { namespace: MountNamespace; copies: ReadonlyMap<Mount, Mount> } {
    const namespace = new MountNamespace(this.root.root, this.root.isReadOnly)
    const copies = new Map([[this.root, namespace.root]])
    for (const [mount, copy] of copies) {
      for (const child of mount.children) {
        const copied = new Mount(child.root, namespace, child.isReadOnly)
        copied.connect(copy, child.mountpoint!)
        copies.set(child, copied)
      }
    }
    return { namespace, copies }
  }
}

function remove<T>(from: T[], what: T): void {
  from.splice(from.indexOf(what), 1)
}
