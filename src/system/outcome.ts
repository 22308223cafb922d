/** How a run ended, and what that means. The codes are those of sysexits(3). */
import type { Ending } from '../model/ending.ts'
import type { Exit } from '../ports/index.ts'

export interface Outcome extends Exit {
  /** What the agent inside called what it worked on, where it said so. */
  readonly sessionId?: string | undefined
}

const EX_TEMPFAIL = 75
const EX_CONFIG = 78

export function endingOf({ code, signal }: Exit, transientDelayMs: number | null): Ending {
  if (code === 0) return { kind: 'success' }
  const error = signal === null ? `exit_code=${code}` : `signal=${signal}`
  if (code === EX_TEMPFAIL) return { kind: 'transient', error, delayMs: transientDelayMs ?? undefined }
  if (code === EX_CONFIG) return { kind: 'permanent', error }
  return { kind: 'failure', error }
}
