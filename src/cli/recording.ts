/** One run written down step by step, as plain data: what another run of the same scenario is compared with. */
import { type Drawn, type Failure, play, type Subject, type Told } from '../explore/index.ts'
import type { Change } from '../sim/index.ts'
import { framesOf } from './frames.ts'

/** Enough to reach the system through all that carries a call. */
const FRAMES = 60

export interface RecordedStep {
  /** From 1. */
  readonly index: number
  readonly atUs: number
  readonly name: string
  readonly path: string
  /** The step that issued it; 0 before the first. */
  readonly cause: number
  /** The hash of the run up to here. */
  readonly hash: number
  readonly committed: readonly string[]
  /** Where in the system the operation was issued; of what the machine itself issues, where its cause was. */
  readonly frames: readonly string[]
}

/** A touch of the real machine. */
export interface Ambient {
  readonly what: string
  readonly frames: readonly string[]
}

export interface Recording {
  /** The scenario as JSON: it may have been drawn differently. */
  readonly scenario: string
  readonly steps: readonly RecordedStep[]
  readonly told: readonly Told[]
  /** Each broken invariant with its reason, without stacks. */
  readonly broken: readonly string[]
  readonly ambient: Ambient | undefined
}

/** Plays the scenario as a campaign does. Call it from a macrotask. */
export function record(subject: Subject<unknown>, drawn: Drawn<unknown>): Recording {
  const steps: RecordedStep[] = []
  let committed: string[] = []
  const describe: Subject<unknown>['describe'] = (change) => {
    committed.push(wordsOf(change))
    return subject.describe(change)
  }
  const watched = Object.create(subject, { describe: { value: describe } }) as Subject<unknown>
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = FRAMES
  try {
    const run = play(watched, drawn, true, {
      stacks: true,
      onStep: ({ index, atUs, hash, operation }) => {
        const { name, path, cause, stack } = operation
        const own = framesOf(stack)
        const frames = own.length > 0 ? own : (steps[cause - 1]?.frames ?? [])
        steps.push({ index, atUs, name, path, cause, hash, committed, frames })
        committed = []
      },
    })
    const broken = run.failures.map(({ invariant, reason }) => `${invariant}: ${reason.split('\n', 1)[0]}`)
    return { scenario: JSON.stringify(drawn.scenario), steps, told: run.told, broken, ambient: ambientOf(run.failures) }
  } finally {
    Error.stackTraceLimit = before
  }
}

/** What the run called of the real machine, if it did. */
export function ambientOf(failures: readonly Failure[]): Ambient | undefined {
  const failure = failures.find(({ invariant }) => invariant === 'AMBIENT')
  if (failure === undefined) return undefined
  const [what] = failure.reason.split(' was called', 1)
  return { what: what!, frames: framesOf(failure.reason) }
}

function wordsOf({ table, id, before, after }: Change): string {
  if (after === undefined) return `${table} ${id} is deleted`
  const changed = Object.entries(after).filter(([column, value]) => before?.[column] !== value)
  return `${table} ${id}: ${changed.map(([column, value]) => `${column} = ${JSON.stringify(value)}`).join(', ')}`
}
