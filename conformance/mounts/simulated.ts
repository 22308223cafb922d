/**
 * A sequence carried out on the simulated files, and at the same time put into the helper's words. An operation whose
 * precondition fails here is left out on both sides. Inodes are told by their place in the order of being told.
 */
import type { FileSystem, MountNamespace, OpenFile, Stat, View } from '../../src/sim/files/index.ts'
import { hasRoom, isProtected, leadsToRoot } from './leftOut.ts'
import { type Aim, type OnPath, type Op, WORKERS } from './operation.ts'
import { pathsOf } from './paths.ts'

const USER_WORKER = 3
const USER = 1000
const FILES_MAX = 20
const TREE_MAX = 60

export interface Act {
  readonly words: string
  readonly command: string
  readonly answer: string
}

export interface Machine {
  /** Root of the machine can be several users, root of a user namespace is one. */
  readonly isRoot: boolean
  /** Whether inodes are told apart and the links of directories counted, as on tmpfs. */
  readonly isNumbered: boolean
}

export class Simulated {
  readonly #files: FileSystem
  readonly #views: View[]
  readonly #opened: OpenFile[] = []
  readonly #seen = new Map<number, number>()
  readonly #isNumbered: boolean
  #texts = 0

  constructor(Files: typeof FileSystem, { isRoot, isNumbered }: Machine) {
    this.#isNumbered = isNumbered

    this.#files = new Files()
    const namespace = this.#files.initial
    const uidOf = (worker: number) => (isRoot && worker === USER_WORKER ? USER : 0)
    this.#views = Array.from({ length: WORKERS }, (_, worker) => this.#files.view({ namespace, uid: uidOf(worker) }))
  }

  /** Undefined if nobody could carry it out now, or if Linux has a rule of its own for it. */
  act(op: Op): Act | undefined {
    const view = this.#views[op.who]!
    const act = (given: readonly (string | number)[], perform: () => string, shown = given): Act => ({
      words: `${op.who} ${op.op}(${shown.join(', ')})`,
      command: [op.op, op.who, ...given].join(' '),
      answer: perform(),
    })
    switch (op.op) {
      case 'mkdir': {
        const path = this.#path(view, op.path)
        if (path === undefined) return undefined
        const { sticky } = op
        return act([path, Number(sticky)], () => view.mkdir(path, { sticky }), [path, ...when(sticky, 'sticky')])
      }
      case 'write':
      case 'append': {
        const path = this.#path(view, op.path)
        if (path === undefined || isProtected(view, path)) return undefined
        const text = `t${++this.#texts}`
        const words = `${op.who} ${op.op}(${path}, ${text})`
        const command = `put ${op.who} ${path} ${op.op[0]} ${text}`
        return { words, command, answer: view[op.op](path, text) }
      }
      case 'rename': {
        const [from, to] = [this.#path(view, op.from), this.#path(view, op.to)]
        return from && to ? act([from, to], () => view.rename(from, to)) : undefined
      }
      case 'open': {
        const path = this.#path(view, op.path)
        if (path === undefined || this.#opened.length === FILES_MAX) return undefined
        if (op.mode !== 'read' && isProtected(view, path)) return undefined
        return act([path, op.mode], () => this.#open(view, path, op.mode))
      }
      case 'fwrite':
      case 'fread':
      case 'fstat':
      case 'close':
        return this.#onFile(op)
      case 'bind': {
        const [from, to] = [this.#path(view, op.from), this.#path(view, op.to)]
        if (!from || !to || leadsToRoot(view, to) || !hasRoom(view.namespace)) return undefined
        // That is a second call, which would find another mount where the path ends in a dot.
        const readOnly = op.readOnly && !/(^|[/.])$/.test(to)
        const shown = [from, to, ...when(readOnly, 'read-only')]
        return act([from, to, Number(readOnly)], () => view.bind(from, to, { readOnly }), shown)
      }
      case 'getcwd':
        return act([], () => view.getcwd())
      case 'unshare':
        return view.uid === 0 ? act([], () => this.#unshare(view)) : undefined
      case 'move':
        return act([op.to], () => this.#move(op.who, this.#views[op.to]!.namespace))
      case 'umount':
      case 'detach': {
        const path = this.#path(view, op.path)
        if (path === undefined || leadsToRoot(view, path)) return undefined
        return act([path], () => view[op.op](path))
      }
      default: {
        const path = this.#path(view, op.path)
        return path === undefined ? undefined : act([path], () => this.#onPath(view, op.op, path))
      }
    }
  }

  /** At the end: all that anybody sees. */
  *census(): Iterable<Act> {
    for (const [who, view] of this.#views.entries()) {
      const tree = ['.', ...this.#tree(view, '', '', { left: TREE_MAX })].join(' ')
      yield { words: `${who} sees`, command: `tree ${who} /`, answer: tree }
      yield { words: `${who} getcwd()`, command: `getcwd ${who}`, answer: view.getcwd() }
      yield { words: `${who} readdir(.)`, command: `readdir ${who} .`, answer: listed(view.readdir('.')) }
    }
  }

  #onPath(view: View, op: OnPath, path: string): string {
    switch (op) {
      case 'read':
        return textual(view.read(path))
      case 'readdir':
        return listed(view.readdir(path))
      case 'stat':
        return this.#told(view.stat(path))
      default:
        return view[op](path)
    }
  }

  #onFile({ op, who, file: nth }: Extract<Op, { file: number }>): Act | undefined {
    if (this.#opened.length === 0) return undefined
    const index = nth < 0 ? this.#opened.length - 1 : nth % this.#opened.length
    const file = this.#opened[index]!
    const text = `t${this.#texts + 1}`
    const answer = {
      fwrite: () => {
        this.#texts++
        return file.write(text)
      },
      fread: () => textual(file.read()),
      fstat: () => this.#told(file.stat()),
      close: () => file.close(),
    }[op]()
    const command = `${op} ${who} ${index + 1}${op === 'fwrite' ? ` ${text}` : ''}`
    return { words: `${who} ${op}(file ${index + 1}${op === 'fwrite' ? `, ${text}` : ''})`, command, answer }
  }

  #open(view: View, path: string, mode: 'read' | 'write' | 'append'): string {
    const file = view.open(path, mode)
    if (typeof file === 'string') return file
    this.#opened.push(file)
    return 'ok'
  }

  #unshare(view: View): string {
    const before = view.namespace
    view.unshare()
    this.#endIfEmpty(before)
    return 'ok'
  }

  #move(who: number, namespace: MountNamespace): string {
    const before = this.#views[who]!
    this.#views[who] = this.#files.view({ namespace, uid: before.uid })
    before.end()
    this.#endIfEmpty(before.namespace)
    return 'ok'
  }

  #endIfEmpty(namespace: MountNamespace): void {
    if (this.#views.every((view) => view.namespace !== namespace)) this.#files.endNamespace(namespace)
  }

  #path(view: View, aim: Aim): string | undefined {
    if (aim.at === 'path') return aim.path
    if (aim.at === 'mountpoint') return among(pathsOf(this.#views[aim.of]!).mountpoints, aim.nth)
    const { directories, files } = pathsOf(view)
    if (aim.at === 'name') return `${among(directories, aim.nth)!.replace(/^\/$/, '')}/${aim.name}`
    const below = directories.slice(1)
    if (aim.at === 'directory') return among(below, aim.nth)
    return among(aim.at === 'file' ? files : [...below, ...files], aim.nth)
  }

  #number(generation: number): string {
    if (!this.#isNumbered) return ''
    const number = this.#seen.get(generation) ?? this.#seen.size + 1
    this.#seen.set(generation, number)
    return `#${number}`
  }

  #told(stat: Stat | string): string {
    if (typeof stat === 'string') return stat
    const { kind, generation, nlink, size, uid } = stat
    const words: (string | number)[] = [kind, this.#number(generation)]
    if (this.#isNumbered || kind === 'file' || nlink === 0) words.push('links', nlink)
    if (kind === 'file') words.push('size', size)
    if (uid !== 0) words.push('uid', uid)
    return words.join(' ')
  }

  *#tree(view: View, path: string, shown: string, limit: { left: number }): Iterable<string> {
    const names = view.readdir(path === '' ? '/' : path)
    if (typeof names === 'string') return yield names
    for (const name of names) {
      if (limit.left-- <= 0) continue
      const [below, told] = [`${path}/${name}`, shown === '' ? name : `${shown}/${name}`]
      const stat = view.stat(below) as Stat
      yield `${told}${this.#number(stat.generation)}`
      if (stat.kind === 'directory') yield* this.#tree(view, below, told, limit)
    }
  }
}

function textual(content: { readonly text: string } | string): string {
  return typeof content === 'string' ? content : `"${content.text.replaceAll('\0', '.')}"`
}

function listed(names: readonly string[] | string): string {
  return typeof names === 'string' ? names : `[${names.join(' ')}]`
}

function when(isSo: boolean, word: string): readonly string[] {
  return isSo ? [word] : []
}

function among<T>(all: readonly T[], nth: number): T | undefined {
  return all[nth % Math.max(1, all.length)]
}
