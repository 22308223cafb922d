/** Where commands are carried out: as processes of this machine, or in containers of its engine, behind one interface. */
import type { TerminationSignal } from '../ports/index.ts'
import type { Claim, Running } from './job.ts'
import type { Outcome } from './outcome.ts'
import type { Mark } from './store.ts'

/** How what was launched for a claim is found again. */
export interface Launched {
  readonly token: string
  readonly mark: NonNullable<Mark>
}

export interface Work extends Launched {
  /** Resolves when its end is known here, which may be late, or never. */
  readonly ended: Promise<Outcome>
  /** Resolves when it is known that it has ended, and `ended` will follow; absent where both are one. */
  readonly ending?: Promise<void>
}

/** `notFound`: it is gone, and nobody knows how it ended. `unknown`: it cannot be judged from here, or not now. */
export type Health =
  | { readonly state: 'running' | 'notFound' | 'unknown' }
  | { readonly state: 'succeeded' | 'failed'; readonly outcome: Outcome }

export interface Launcher {
  /**
   * Throws LaunchError. Nothing more is begun once `over` is aborted; what had begun by then may still come, and is found
   * by `endAll`.
   */
  launch(claim: Claim, over: AbortSignal): Promise<Work>
  terminate(launched: Launched, how: TerminationSignal): Promise<void>
  health(running: Running): Promise<Health>
  /** Ends all that carries one of these tokens, or one that continues it; false if some of it would not end. */
  endAll(tokens: readonly string[]): Promise<boolean>
}

/** What the failure of a launch means for its job. `unavailable`: where it is to run cannot be reached just now. */
export type LaunchFailure = 'launch' | 'taken' | 'permanent' | 'exhausted' | 'unavailable'

export class LaunchError extends Error {
  readonly failure: LaunchFailure
  /** The machine could not have launched anything else either: wait before the next. */
  readonly pauses: boolean
  constructor(failure: LaunchFailure, pauses: boolean, message: string) {
    super(message)
    this.name = 'LaunchError'
    this.failure = failure
    this.pauses = pauses
  }
}
