import { ProcessAttempt, TaskAttempt } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { launching } from './variant.ts'

/** Ends the claim and leaves the handler in the dark. */
class SilentAttempt extends TaskAttempt {
  protected override signalEnd(): void {
    // Nobody is told.
  }
}

export const signalForgotten: Flaw = {
  name: 'signal-forgotten',
  incident: 'work that outlives its cancellation',
  family: 'tasks',
  breaks: ['SIGNAL'],
  story: 'a task is cancelled, its job says so, and its handler works on',
  variant: { parts: () => launching(ProcessAttempt, SilentAttempt) },
}
