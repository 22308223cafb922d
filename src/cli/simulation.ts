/** The commands that play simulated runs, and what they need around them. The guard stands before anything else is loaded. */
import './armed.ts'
import type { Command } from 'commander'
import { TokenError } from '../explore/index.ts'
import { addBisect } from './bisect.ts'
import { addCorpus } from './corpus.ts'
import { addDefects } from './defects.ts'
import { addDoctor } from './doctor.ts'
import { addHunt } from './hunt.ts'
import { loadedPaths, ownMistake } from './loading.ts'
import { addMerge } from './merge.ts'
import { addReplay } from './replay.ts'
import { addStress } from './stress.ts'
import { addSweep } from './sweep.ts'
import { addTour } from './tour.ts'

export { loadGiven } from './loading.ts'

export const simulationCommands: Readonly<Record<string, (program: Command) => void>> = {
  hunt: addHunt,
  replay: addReplay,
  stress: addStress,
  sweep: addSweep,
  merge: addMerge,
  bisect: addBisect,
  corpus: addCorpus,
  defects: addDefects,
  doctor: addDoctor,
  tour: addTour,
}

/** What a person's token or module did wrong, in a sentence; undefined: it was neither. */
export function mistakeOf(error: unknown): string | undefined {
  return error instanceof TokenError ? error.message : ownMistake(error)
}

/** What a subject has left in the real event loop must not keep the process. */
export function endWithSubjects(): void {
  if (loadedPaths().length > 0) process.stdout.write('', () => process.exit())
}
