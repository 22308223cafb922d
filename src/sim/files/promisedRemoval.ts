/** `fs.promises.rm` of Node.js, recursive and forced: whoever waits for it learns of the first error, and of nothing after. */
import type { Errno } from './errno.ts'
import {
  carryOut,
  type Ended,
  type RemovalAnswer,
  type RemovalCall,
  type Schedule,
  sorted,
  unlessGone,
} from './removalCall.ts'
import type { View } from './view.ts'

const THREADS = 4
/** EPERM is what some systems say to rmdir where they mean this. */
const NOT_EMPTY: readonly RemovalAnswer[] = ['ENOTEMPTY', 'EEXIST', 'EPERM']

export function promised(view: View, path: string, schedule: Schedule, done: Ended): void {
  const removal = new PromisedRemoval(view, schedule)
  removal.call('lstat', path, (answer) => {
    if (isKind(answer)) removal.remove(path, done)
    else done(unlessGone(path, answer))
  })
}

class PromisedRemoval {
  readonly #view: View
  readonly #schedule: Schedule
  readonly #waiting: (() => void)[] = []
  #inFlight = 0

  constructor(view: View, schedule: Schedule) {
    this.#view = view
    this.#schedule = schedule
  }

  /** Waits for one of the threads, in the order of asking. */
  call(call: RemovalCall['call'], path: string, then: (answer: RemovalAnswer) => void): void {
    const begin = () => {
      this.#inFlight++
      const step = () => {
        const answer = carryOut(this.#view, { call, path })
        this.#inFlight--
        this.#waiting.shift()?.()
        then(answer)
      }
      this.#schedule(step, call, path)
    }
    if (this.#inFlight < THREADS) begin()
    else this.#waiting.push(begin)
  }

  remove(path: string, ended: Ended): void {
    this.call('lstat', path, (kind) => {
      if (kind === 'EISDIR') this.#removeDirectory(path, ended)
      else if (kind !== 'ENOTDIR') ended(unlessGone(path, kind))
      else
        this.call('unlink', path, (answer) => {
          if (answer === 'EISDIR' || answer === 'EPERM') this.#removeDirectory(path, ended, answer)
          else ended(unlessGone(path, answer))
        })
    })
  }

  #removeDirectory(path: string, ended: Ended, original?: Errno): void {
    this.call('rmdir', path, (answer) => {
      if (NOT_EMPTY.includes(answer)) this.#removeContent(path, ended)
      else ended(unlessGone(path, answer === 'ENOTDIR' ? (original ?? 'ok') : answer))
    })
  }

  #removeContent(path: string, ended: Ended): void {
    this.call('readdir', path, (entries) => {
      if (typeof entries === 'string') return ended(unlessGone(path, entries))
      const removeItself = () => this.call('rmdir', path, (answer) => ended(unlessGone(path, answer)))
      if (entries.length === 0) return removeItself()
      let left = entries.length
      let isOver = false
      for (const { name } of sorted(entries)) {
        this.remove(`${path}/${name}`, (failure) => {
          if (isOver) return
          isOver = failure !== undefined
          if (failure !== undefined) ended(failure)
          else if (--left === 0) removeItself()
        })
      }
    })
  }
}

function isKind(answer: RemovalAnswer): boolean {
  return answer === 'EISDIR' || answer === 'ENOTDIR'
}
