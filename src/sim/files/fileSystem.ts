// The files of a simulated Linux machine, and what each process sees of them through mounts.
//
// It exists because of the first incident: a directory is removed while a container still has it. Linux says neither
// EBUSY nor anything else then. The container keeps the directory that it has, without a name, and what is made anew at
// the same path is another one that it never sees. So the model keeps inodes apart from their names, mounts apart for
// each namespace, and a generation for each inode that is never reused, by which an oracle tells the two directories
// apart. Each file remembers who wrote it last.
//
// The rules, with the rows of the kernel specification that they come from:
// - A1, A2, A5, A10: EBUSY only for a mountpoint of the caller's own namespace; a bind source is never busy; a directory
//   on which only others have mounted something goes, and takes their mounts with it: `inode.ts`, `change.ts`.
// - A3, A14: which of several errors is told: `change.ts`. A4, A7, A12: what a rename or a removal leaves to whom.
// - A6, A13: nothing can be created in a directory that was removed. A11, A16, A17, A18: mounts: `mount.ts`,
//   `mounting.ts`; ".." at their edges: `path.ts`.
// - R1 to R10: a recursive removal is many steps, which others interleave with: `removal.ts`.
//
// Everything is synchronous and nothing is drawn. There is one file system, and a path is walked as one step.
//
// Not modelled: hard and symbolic links, modes other than 755, 1777 and 644, groups, recursive binds, mount propagation
// other than private (A19), overlay file systems (A15), files that are executed (A24), and a slash at the end of a path.

import { Inode, ROOT_UID } from './inode.ts'
import { MountNamespace } from './mount.ts'
import { View } from './view.ts'

export class FileSystem {
  readonly initial: MountNamespace
  #generation = 0
  readonly #create = (parent: Inode | undefined, isDirectory: boolean, uid: number, isSticky: boolean): Inode =>
    new Inode(++this.#generation, parent, isDirectory, uid, isSticky)

  constructor() {
    this.initial = new MountNamespace(this.#create(undefined, true, ROOT_UID, false))
  }

  /** A process; it begins at the root of its namespace. */
  view(process: { readonly namespace: MountNamespace; readonly uid: number }): View {
    return new View(process.namespace, process.uid, this.#create)
  }

  /** What a container gets: the mounts as they are now, and from then on its own. */
  cloneNamespace(namespace: MountNamespace): MountNamespace {
    return namespace.clone().namespace
  }

  /** Its last process is gone: with it, its mounts. */
  endNamespace(namespace: MountNamespace): void {
    namespace.root.detach()
  }
}
