/**
 * Processes as a system may ask for them. A pid alone names nobody: it is used again. Start times tick every 10 ms and
 * collide under quick reuse, so an identity also carries the token that its run placed into the child's environment
 * (spec: kernel B3, B4, B7).
 */
import type { Pid, RunId } from '../model/ids.ts'

/** Where pids are counted: two processes with equal pids are comparable only when both fields agree. */
export interface PidSpace {
  readonly bootId: string
  readonly pidNamespace: string
}

export interface ProcessIdentity extends PidSpace {
  readonly pid: Pid
  /** Start time in clock ticks since boot (10 ms). */
  readonly startTime: number
  /** The token in the process's environment. */
  readonly token: string
}

/** What somebody remembers of a process. The more it says, the fewer processes it can be confused with. */
export type ProcessReference = { readonly pid: Pid } & Partial<ProcessIdentity>

export interface SpawnSpec {
  /** A program and its arguments; no shell reads them. */
  readonly argv: readonly [string, ...string[]]
  /** Placed into the child's environment as STRANDLINE_RUN; its descendants inherit it. */
  readonly token: string
  /** The rest of the child's environment: all of it, nothing of the server's own is added. */
  readonly environment: Readonly<Record<string, string>>
  /** An absolute path; undefined: the run's own directory. */
  readonly directory: string | undefined
  /** What the process writes to its standard output and error is kept in this run's directory. */
  readonly run: RunId
}

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

export interface Child {
  readonly identity: ProcessIdentity
  /** Resolves when the notice of the exit arrives, which may be late or never. */
  readonly exited: Promise<Exit>
}

/** A process could not be started. `permanent`: trying again cannot help (no such command). */
export class SpawnError extends Error {
  readonly code: string
  readonly permanent: boolean
  constructor(code: string, message: string, permanent: boolean) {
    super(message)
    this.name = 'SpawnError'
    this.code = code
    this.permanent = permanent
  }

  /**
   * The server has no room or no descriptors left, or may not write where runs have their directories: it is not about
   * this process, and the next would fail alike.
   */
  get isExhaustion(): boolean {
    return /^(ENOSPC|EDQUOT|EMFILE|ENFILE|EROFS)$/.test(this.code)
  }

  /** The machine has no processes or no memory left, perhaps because of what this job has started: wait before the next. */
  get isCrowding(): boolean {
    return /^(EAGAIN|ENOMEM)$/.test(this.code)
  }
}

export type Liveness = 'alive' | 'gone' | 'foreign'
export type Delivery = 'sent' | 'gone' | 'denied' | 'foreign'
export type TerminationSignal = 'SIGTERM' | 'SIGKILL'

export interface Processes {
  /** The server's own process. */
  self(): Omit<ProcessIdentity, 'token'>
  /** Starts a process as the leader of a group of its own. Throws SpawnError. */
  spawn(spec: SpawnSpec): Promise<Child>
  /** Is a process alive that fits the reference? `foreign`: it belongs to another pid space, which cannot be judged from here. */
  probe(reference: ProcessReference): Promise<Liveness>
  /** Signals the process's group if a member of it still fits the reference: with a token in it, nobody else is ever hit. */
  signalGroup(reference: ProcessReference, signal: TerminationSignal): Promise<Delivery>
  /** The live processes of this pid space that carry one of these tokens, or one that continues it with a slash. */
  carrying(tokens: readonly string[]): Promise<readonly ProcessIdentity[]>
}
