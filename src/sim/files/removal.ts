/**
 * Removing a directory with all that is in it, as the programs do it that people use for it: many calls, between which
 * others make theirs. None of it can be stopped, and `fs.promises.rm` goes on after it has said that it failed (R2).
 *
 * - `sequential`: one call after the other, rmdir first; the end is the end. What `src/host/removal.ts` does.
 * - `promises`: `fs.promises.rm(path, { recursive: true, force: true })` of Node.js: rmdir first, then all that is in a
 *   directory at once on the four threads of libuv; rejects with the first error while the rest goes on (R1 to R3).
 * - `sync26`: `fs.rmSync` of Node.js 26: enters every directory before it removes it, mounts too, and stops at the first
 *   error, of which it tells neither the code nor the path (R4, R6). It begins again with a directory that others fill.
 * - `coreutils`: `rm -rf`: enters mounts as well, goes on past errors, and leaves what lies above them (R4, R7).
 */
import { promised } from './promisedRemoval.ts'
import { carryOut, type Ended, type Failure, type RemovalCall, type Schedule } from './removalCall.ts'
import { coreutils, type Steps, sequential, sync26 } from './removalPrograms.ts'
import type { View } from './view.ts'

export type RemovalKind = 'sequential' | 'promises' | 'sync26' | 'coreutils'

const programs = { sequential, sync26, coreutils } as const

/** Calls `done` once, with the first error if there was one. */
export function removeTree(view: View, path: string, kind: RemovalKind, schedule: Schedule, done: Ended): void {
  if (kind === 'promises') promised(view, path, schedule, done)
  else run(view, programs[kind](path), schedule, done)
}

/** One call at a time. */
function run(view: View, steps: Steps, schedule: Schedule, done: Ended): void {
  const advance = ({ done: isDone, value }: IteratorResult<RemovalCall, Failure | undefined>) => {
    if (isDone) return done(value)
    schedule(() => advance(steps.next(carryOut(view, value))), value.call, value.path)
  }
  advance(steps.next())
}
