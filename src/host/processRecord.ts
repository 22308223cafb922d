/**
 * Who a process is, as the kernel tells it (spec: kernel B5–B7): who holds a number now, in which group, since when, and
 * with which token in its environment. Everything is synchronous, so that nothing can come between a look and a signal.
 */
import type { Pid } from '../model/ids.ts'
import type { PidSpace } from '../ports/index.ts'

export interface Self extends PidSpace {
  readonly pid: Pid
  readonly startTime: number
  readonly pgid: number
}

/** A process at the moment of the look; what is not asked for need not be read. */
export interface ProcessRecord {
  readonly pid: Pid
  /** Runs or is stopped; a zombie only holds its number. */
  readonly isLiving: boolean
  readonly pgid: number
  readonly startTime: number
  /** Undefined: its environment has none, or is hidden. */
  readonly token: string | undefined
  /** Its environment cannot be read: it may have a token. */
  readonly isHidden: boolean
}

/** How ps is asked, and how the boot is. */
export interface PsCommands {
  /** The option that shows the environment. */
  readonly environment: string
  readonly boot: readonly [string, ...string[]]
}

/** A reader in words, so that another process can have an equal one. */
export type Reading = { readonly kind: 'procfs' } | { readonly kind: 'ps'; readonly commands: PsCommands }

export interface ProcessReader {
  readonly reading: Reading
  self(): Self
  /** Who holds the number; undefined: nobody. A thread's number is not a process's. */
  read(pid: number): ProcessRecord | undefined
  /** All that can be seen; who has ended meanwhile is not living. */
  all(): Iterable<ProcessRecord>
}

/** The variable that carries the token. Of two of the same name the first counts, as it does for getenv(3). */
export const TOKEN_VARIABLE = 'STRANDLINE_RUN'
