/** One call of a recursive removal, and what such a removal is told by whoever carries it out. */
import type { Errno } from './errno.ts'
import type { Entry, View } from './view.ts'

export interface RemovalCall {
  readonly call: 'lstat' | 'rmdir' | 'unlink' | 'readdir' | 'chmod'
  readonly path: string
}

export type RemovalAnswer = Errno | 'ok' | readonly Entry[]

export interface Failure {
  /** Empty where `sync26` fails: `error.code === 'EBUSY'` is false there. */
  readonly code: Errno | ''
  readonly path: string
}

/** `step` is to be run at some time, or never if the process dies. */
export type Schedule = (step: () => void, call: RemovalCall['call'], path: string) => void

export type Ended = (failure: Failure | undefined) => void

/** lstat says what it is by the errno that the wrong removal would have. */
export function carryOut(view: View, { call, path }: RemovalCall): RemovalAnswer {
  if (call === 'readdir') return view.list(path)
  if (call !== 'lstat') return view[call](path)
  const stat = view.stat(path)
  if (typeof stat === 'string') return stat
  return stat.kind === 'directory' ? 'EISDIR' : 'ENOTDIR'
}

/** What somebody else has removed is removed. */
export function unlessGone(path: string, answer: RemovalAnswer): Failure | undefined {
  return answer === 'ok' || answer === 'ENOENT' ? undefined : { code: answer as Errno, path }
}

/** As libuv hands names out. */
export function sorted(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}
