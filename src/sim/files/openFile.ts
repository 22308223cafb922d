/** A file or directory that is open. It goes on working when the name is gone, and keeps the mount from being unmounted. */
import { type Caller, makeFile } from './change.ts'
import type { Errno } from './errno.ts'
import { type Inode, ROOT_UID, type Writer } from './inode.ts'
import { find, findParent, isOrdinary, type Place } from './path.ts'

/** `write` creates or empties a file, `append` creates one or leaves it as it is: fopen's r, w and a. */
export type Mode = 'read' | 'write' | 'append'

export interface Content {
  readonly text: string
  readonly writer: Writer
  readonly generation: number
}

export interface Stat {
  readonly kind: 'file' | 'directory'
  /** 0: it has no name any more. */
  readonly nlink: number
  readonly size: number
  readonly uid: number
  readonly generation: number
}

/** What is read where nobody has written. */
const NOTHING = '\0'

export class OpenFile {
  readonly inode: Inode
  readonly #place: Place
  readonly #mode: Mode
  #isOpen = true
  #position = 0

  constructor(place: Place, mode: Mode) {
    place.mount.hold()
    this.#place = place
    this.#mode = mode
    this.inode = place.inode
  }

  /** `append` at the end, wherever that is by now; `write` behind what it wrote last, over what others wrote there. */
  write(text: string, writer?: Writer): 'ok' | 'EBADF' {
    if (!this.#isOpen || this.#mode === 'read') return 'EBADF'
    const { inode } = this
    if (this.#mode === 'append' || this.#position === inode.text.length) inode.text += text
    else {
      const before = inode.text.slice(0, this.#position).padEnd(this.#position, NOTHING)
      inode.text = before + text + inode.text.slice(this.#position + text.length)
    }
    this.#position += text.length
    inode.writer = writer
    return 'ok'
  }

  /** From the beginning. */
  read(): Content | 'EBADF' | 'EISDIR' {
    if (!this.#isOpen || this.#mode !== 'read') return 'EBADF'
    return this.inode.isDirectory ? 'EISDIR' : contentOf(this.inode)
  }

  stat(): Stat | 'EBADF' {
    return this.#isOpen ? statOf(this.inode) : 'EBADF'
  }

  close(): 'ok' | 'EBADF' {
    if (!this.#isOpen) return 'EBADF'
    this.#isOpen = false
    this.#place.mount.release()
    return 'ok'
  }
}

/** What open(2) would open; what it creates or empties is. */
export function openPlace(caller: Caller, path: string, mode: Mode, writer: Writer): Place | Errno {
  if (mode === 'read') return find(caller, path)
  const named = findParent(caller, path)
  if (typeof named === 'string') return named
  const { directory, name } = named
  if (isOrdinary(name) && !directory.inode.entries!.has(name)) {
    const made = makeFile(caller, named, writer)
    return typeof made === 'string' ? made : { mount: directory.mount, inode: made }
  }
  const place = find(caller, path)
  if (typeof place === 'string') return place
  const { inode, mount } = place
  const isOthers = caller.uid !== ROOT_UID && caller.uid !== inode.uid
  if (inode.isDirectory) return 'EISDIR'
  // Emptying comes before the question whose it is, and appending after it.
  if (isOthers && !(mode === 'write' && mount.isReadOnly)) return 'EACCES'
  if (mount.isReadOnly) return 'EROFS'
  if (mode === 'write') {
    inode.text = ''
    inode.writer = writer
  }
  return place
}

export function contentOf({ text, writer, generation }: Inode): Content {
  return { text, writer, generation }
}

export function statOf({ isDirectory, nlink, text, uid, generation }: Inode): Stat {
  return { kind: isDirectory ? 'directory' : 'file', nlink, size: text.length, uid, generation }
}
