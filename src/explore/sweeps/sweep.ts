/**
 * A sweep tries what a hunt draws: every possibility of one kind in one scenario, each once. It is a generator that rests after
 * each run, so that whoever drives it can show how far it is and stop it; what it has found by then stays.
 */
import type { ChoiceRecord, Scenario } from '../../sim/index.ts'
import type { Failure, Run } from '../run.ts'
import { inSlices, simulateNow } from '../simulate.ts'
import type { Subject } from '../subject.ts'
import { recordSource } from '../token.ts'

export interface Rest {
  readonly runs: number
  /** How many runs there will be as far as is known; undefined: nobody knows. */
  readonly of: number | undefined
}

export type Sweep<R> = Generator<Rest, R, void>

/** Asked between two runs. */
export type Stop = (runs: number) => boolean

/** What was played before went another way when it was played again: the subject is not deterministic. */
export class Unrepeatable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Unrepeatable'
  }
}

export interface Broken {
  /** What broke, the first that broke first. */
  readonly failures: readonly Failure[]
  readonly scenario: Scenario<unknown>
  readonly choices: ChoiceRecord
  /** Did the record lead to the same run? If not, the subject is not deterministic. */
  readonly isRepeatable: boolean
}

/** A failing run as something that can be replayed; whether it can is tried at once. */
export function brokenBy<C>(subject: Subject<C>, run: Run<C>): Broken {
  const { failures, scenario, hash } = run
  const choices = run.choices()
  const again = simulateNow(subject, scenario, { choices: recordSource(choices) })
  return { failures, scenario, choices, isRepeatable: again.hash === hash }
}

/** Plays a sweep to its end, in slices between which the process hears of signals. */
export async function playSweep<R>(sweep: Sweep<R>, onSlice: (rest: Rest) => void = () => undefined): Promise<R> {
  let next!: IteratorResult<Rest, R>
  await inSlices(
    () => {
      next = sweep.next()
      return next.done !== true
    },
    () => {
      if (next.done !== true) onSlice(next.value)
    },
  )
  return (next as IteratorReturnResult<R>).value
}
