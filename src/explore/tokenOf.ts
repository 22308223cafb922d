/** The token of a run that failed. The run is replayed for it: in a macrotask, as in `onRun` of a campaign. */
import { Footsteps } from './expectation.ts'
import type { Run } from './run.ts'
import { simulateNow } from './simulate.ts'
import type { Subject } from './subject.ts'
import { encodeToken, recordSource } from './token.ts'

/** `subject` is what was played; `defect` names what had been put into it, for whoever replays by name. */
export function tokenOf<C>(
  subject: Subject<C>,
  { scenario, choices, failures }: Pick<Run<C>, 'scenario' | 'choices' | 'failures'>,
  defect?: string,
  invariant = failures[0]?.invariant ?? '',
): string {
  const recorded = choices()
  const footsteps = new Footsteps()
  const run = simulateNow(subject, scenario, { choices: recordSource(recorded), onStep: footsteps.onStep })
  const expected = footsteps.expectation(run, invariant)
  return encodeToken({ subject: subject.name, defect, scenario, choices: recorded, expected })
}
