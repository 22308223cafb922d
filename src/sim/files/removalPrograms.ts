/** Removals that make one call at a time: which comes next depends on the answers (see `removal.ts`). */
import { type Failure, type RemovalAnswer, type RemovalCall, sorted, unlessGone } from './removalCall.ts'

export type Steps = Generator<RemovalCall, Failure | undefined, RemovalAnswer>

/** How often a directory is emptied into which somebody goes on writing. */
const ROUNDS_MAX = 20

export function* sequential(path: string): Steps {
  for (let round = 0; ; round++) {
    const answer = yield { call: 'rmdir', path }
    if (answer === 'ENOTDIR') return yield* removeFile(path)
    if ((answer !== 'ENOTEMPTY' && answer !== 'EEXIST') || round === ROUNDS_MAX) return unlessGone(path, answer)
    let failure = yield* emptyInOrder(path)
    if (failure?.code === 'EACCES') {
      const granted = yield { call: 'chmod', path }
      failure = granted === 'ok' ? yield* emptyInOrder(path) : { code: granted as Failure['code'], path }
    }
    if (failure !== undefined) return failure
  }
}

function* emptyInOrder(path: string): Steps {
  const entries = yield { call: 'readdir', path }
  if (typeof entries === 'string') return unlessGone(path, entries)
  for (const { name, isDirectory } of sorted(entries)) {
    const failure = yield* (isDirectory ? sequential : removeFile)(`${path}/${name}`)
    if (failure !== undefined) return failure
  }
  return undefined
}

export function* sync26(path: string): Steps {
  const kind = yield { call: 'lstat', path }
  const failure = kind === 'EISDIR' ? yield* removeDepthFirst(path) : yield* removeOther(path, kind)
  return failure && { code: '', path }
}

function* removeDepthFirst(path: string): Steps {
  for (;;) {
    const entries = yield { call: 'readdir', path }
    if (typeof entries === 'string') return unlessGone(path, entries)
    for (const { name, isDirectory } of entries.toReversed()) {
      const failure = yield* (isDirectory ? removeDepthFirst : removeFile)(`${path}/${name}`)
      if (failure !== undefined) return failure
    }
    const answer = yield { call: 'rmdir', path }
    if (answer !== 'ENOTEMPTY') return unlessGone(path, answer)
  }
}

export function* coreutils(path: string): Steps {
  const kind = yield { call: 'lstat', path }
  return kind === 'EISDIR' ? yield* removePastErrors(path) : yield* removeOther(path, kind)
}

function* removePastErrors(path: string): Steps {
  const entries = yield { call: 'readdir', path }
  if (typeof entries === 'string') return unlessGone(path, entries)
  let first: Failure | undefined
  for (const { name, isDirectory } of entries.toReversed()) {
    const failure = yield* (isDirectory ? removePastErrors : removeFile)(`${path}/${name}`)
    first ??= failure
  }
  return first ?? unlessGone(path, yield { call: 'rmdir', path })
}

function* removeOther(path: string, kind: RemovalAnswer): Steps {
  return kind === 'ENOTDIR' ? yield* removeFile(path) : unlessGone(path, kind)
}

function* removeFile(path: string): Steps {
  return unlessGone(path, yield { call: 'unlink', path })
}
