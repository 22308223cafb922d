/**
 * What one process sees: its namespace and root, its current directory, its user, and the calls that it can make.
 *
 * Each call is one step and answers with a value, `ok` or the name of an errno. No call throws.
 */

import { type Caller, makeDirectory, removeDirectory, removeFile, rename } from './change.ts'
import type { Answer, Errno } from './errno.ts'
import { type Inode, ROOT_UID, type Writer } from './inode.ts'
import type { Mount, MountNamespace } from './mount.ts'
import { bind, unmount } from './mounting.ts'
import { type Content, contentOf, type Mode, OpenFile, openPlace, type Stat, statOf } from './openFile.ts'
import { find, type Place, pathOf } from './path.ts'

export interface Entry {
  readonly name: string
  readonly isDirectory: boolean
}

export type Create = (parent: Inode, isDirectory: boolean, uid: number, isSticky: boolean) => Inode

export class View implements Caller {
  readonly uid: number
  #namespace: MountNamespace
  #root: Place
  #cwd: Place
  readonly #create: Create

  constructor(namespace: MountNamespace, uid: number, create: Create) {
    this.uid = uid
    this.#create = create
    this.#namespace = namespace
    this.#root = { mount: namespace.root, inode: namespace.root.root }
    this.#cwd = this.#root
    this.#cwd.mount.hold()
  }

  get namespace(): MountNamespace {
    return this.#namespace
  }

  get root(): Place {
    return this.#root
  }

  get cwd(): Place {
    return this.#cwd
  }

  create(parent: Inode, isDirectory: boolean, isSticky = false): Inode {
    return this.#create(parent, isDirectory, this.uid, isSticky)
  }

  /** Mode 755, or 1777 if sticky. */
  mkdir(path: string, options: { readonly sticky?: boolean } = {}): Answer {
    return makeDirectory(this, path, options.sticky ?? false)
  }

  rmdir(path: string): Answer {
    return removeDirectory(this, path)
  }

  unlink(path: string): Answer {
    return removeFile(this, path)
  }

  rename(from: string, to: string): Answer {
    return rename(this, from, to)
  }

  /** Creates or empties the file and writes, in one step. */
  write(path: string, text: string, writer?: Writer): Answer {
    return this.#put(path, text, 'write', writer)
  }

  append(path: string, text: string, writer?: Writer): Answer {
    return this.#put(path, text, 'append', writer)
  }

  read(path: string): Content | Errno {
    const place = find(this, path)
    if (typeof place === 'string') return place
    return place.inode.isDirectory ? 'EISDIR' : contentOf(place.inode)
  }

  /** Names, sorted. A directory that was removed is empty. */
  readdir(path: string): readonly string[] | Errno {
    const entries = this.#entries(path)
    return typeof entries === 'string' ? entries : [...entries.keys()].sort()
  }

  /** The same in the order of creation, with what each of them is. */
  list(path: string): readonly Entry[] | Errno {
    const entries = this.#entries(path)
    if (typeof entries === 'string') return entries
    return Array.from(entries, ([name, { isDirectory }]) => ({ name, isDirectory }))
  }

  stat(path: string): Stat | Errno {
    const place = find(this, path)
    return typeof place === 'string' ? place : statOf(place.inode)
  }

  /** What a system call would have as a descriptor; whoever opens closes. */
  open(path: string, mode: Mode, writer?: Writer): OpenFile | Errno {
    const place = openPlace(this, path, mode, writer)
    return typeof place === 'string' ? place : new OpenFile(place, mode)
  }

  /** To the owner's full rights, which all directories give: changes nothing, and may be refused. */
  chmod(path: string): Answer {
    const place = find(this, path)
    if (typeof place === 'string') return place
    if (this.uid !== ROOT_UID && this.uid !== place.inode.uid) return 'EPERM'
    return place.mount.isReadOnly ? 'EROFS' : 'ok'
  }

  chdir(path: string): Answer {
    const place = find(this, path)
    if (typeof place === 'string') return place
    if (!place.inode.isDirectory) return 'ENOTDIR'
    this.#stand(place)
    return 'ok'
  }

  getcwd(): `/${string}` | 'ENOENT' {
    return pathOf(this)
  }

  bind(source: string, target: string, options: { readonly readOnly?: boolean } = {}): Answer {
    return bind(this, source, target, options.readOnly ?? false)
  }

  /** EBUSY while anybody stands in it, has a file of it open, or something is mounted below it. */
  umount(path: string): Answer {
    return unmount(this, path, 'unless busy')
  }

  /** umount -l: whoever is inside keeps it. */
  detach(path: string): Answer {
    return unmount(this, path, 'lazily')
  }

  /** A namespace of its own, in which it stands where it stood; what it has open stays where it was opened. */
  unshare(): MountNamespace {
    const { namespace, copies } = this.#namespace.clone()
    this.#namespace = namespace
    this.#root = { mount: namespace.root, inode: namespace.root.root }
    const copy: Mount = copies.get(this.#cwd.mount) ?? this.#cwd.mount
    this.#stand({ mount: copy, inode: this.#cwd.inode })
    return namespace
  }

  /** The process ends, and stands nowhere any more: nothing can be asked of it after that. */
  end(): void {
    this.#cwd.mount.release()
  }

  #put(path: string, text: string, mode: 'write' | 'append', writer: Writer): Answer {
    const place = openPlace(this, path, mode, writer)
    if (typeof place === 'string') return place
    place.inode.text += text
    place.inode.writer = writer
    return 'ok'
  }

  #entries(path: string): ReadonlyMap<string, Inode> | Errno {
    const place = find(this, path)
    return typeof place === 'string' ? place : (place.inode.entries ?? 'ENOTDIR')
  }

  #stand(place: Place): void {
    const { mount } = this.#cwd
    place.mount.hold()
    this.#cwd = place
    mount.release()
  }
}
