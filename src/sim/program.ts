/** What a simulated process does: runs for a time, reacts to SIGTERM in its way, ends in its way. */
import type { Exit } from '../ports/index.ts'

export interface Program {
  readonly runMs: number
  readonly exit: Exit
  /** Until then no handler is installed, and SIGTERM kills (spec: kernel B15). */
  readonly readyMs: number
  /** What SIGTERM does once the handler stands: kills, is ignored, or makes it end with a code after a time. */
  readonly onTerm: 'dies' | 'ignores' | { readonly afterMs: number; readonly code: number }
  /** A process that it leaves behind, ignoring SIGTERM, for so long; `escapes`: in a session of its own. */
  readonly leaves?: { readonly ms: number; readonly escapes: boolean }
  /** In a container, what it writes when it starts, and when it ends by itself; paths as it sees them. */
  readonly writes?: readonly { readonly when: 'start' | 'end'; readonly path: string; readonly text: string }[]
}

/** Finds what a command line would run; undefined: there is no such command. */
export type Programs = (argv: readonly string[], token: string) => Program | undefined
