/**
 * From a scenario that failed to something that a person can use: played again and replayed to see that it is
 * deterministic, made small, told, and written down as a token.
 */
import {
  type Draw,
  type Drawn,
  drawScenario,
  type Explanation,
  encodeToken,
  type Failure,
  Footsteps,
  fromMacrotask,
  type Hindsight,
  play,
  type Run,
  recordSource,
  type Shrunk,
  type Step,
  simulateNow,
} from '../explore/index.ts'
import type { Found } from '../report/index.ts'
import type { Outcome } from './tally.ts'
import { principal, type Target } from './target.ts'
import { type Flags, inThread } from './thread.ts'

/** The same scenario took two different ways. */
export class NotDeterministic extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotDeterministic'
  }
}

export interface Finding {
  /** All that the shrunk scenario breaks, what was looked for first. */
  readonly found: readonly Found[]
  readonly failure: Failure
  /** The replay of the shrunk scenario, told. */
  readonly run: Run
  readonly hindsight: Hindsight | undefined
  /** All steps of that replay. */
  readonly steps: readonly Step['operation'][]
  /** Before and after shrinking. */
  readonly commands: readonly [before: number, after: number]
  readonly choices: readonly [before: number, after: number]
}

type Small = Omit<Shrunk<unknown>, 'run'> & {
  readonly explanation: Explanation
  readonly hindsight: Hindsight | undefined
}

export interface Bounds {
  readonly msMax: number
  /** How long to ask when it became inevitable; absent: not at all. */
  readonly hindsightMs?: number
  readonly flags: Flags
  /** Which invariant to look for; by default what the defect breaks, or what broke first. */
  readonly invariant?: string
  readonly onTried?: (candidates: number) => void
}

/** Plays the scenario again from its seed and replays its record: both must take the way that the campaign took. */
export function playAgain(target: Target, drawn: Drawn<unknown>, hash: number): Run {
  const run = play(target.played, drawn)
  const again = `scenario ${drawn.index} went another way when it was`
  const hashes = (other: number) => `(trace ${hash.toString(36)}, then ${other.toString(36)})`
  if (run.hash !== hash) throw new NotDeterministic(`${again} played again from its seed ${hashes(run.hash)}`)
  const replay = simulateNow(target.played, drawn.scenario, { choices: recordSource(run.choices()) })
  if (replay.hash !== hash) throw new NotDeterministic(`${again} replayed from its record ${hashes(replay.hash)}`)
  return run
}

/** Throws NotDeterministic. */
export async function examine(target: Target, draw: Draw, { index, hash }: Outcome, bounds: Bounds): Promise<Finding> {
  const { played, about } = target
  const drawn = drawScenario(played, draw, index)
  const run = await fromMacrotask(() => playAgain(target, drawn, hash))
  const invariant = bounds.invariant ?? principal(run.failures, about)!.invariant
  return makeSmall(target, run, invariant, bounds)
}

/** Throws NotDeterministic. */
export async function makeSmall(target: Target, found: Run, invariant: string, bounds: Bounds): Promise<Finding> {
  const { played, subject, defect } = target
  const record = found.choices()
  const task = {
    address: { subject, defect },
    scenario: found.scenario,
    choices: record,
    invariant,
    msMax: bounds.msMax,
    hindsightMs: bounds.hindsightMs ?? 0,
  }
  const { scenario, choices, explanation, hindsight } = await inThread<Small, number>(
    { kind: 'shrink', shrink: task, flags: bounds.flags },
    bounds.onTried,
  )
  const footsteps = new Footsteps()
  const steps: Step['operation'][] = []
  const heard = (step: Step) => {
    footsteps.onStep(step)
    steps.push(step.operation)
  }
  const run = await fromMacrotask(() =>
    simulateNow(played, scenario, { choices: recordSource(choices), telling: true, onStep: heard }),
  )
  const failure = run.failures.find((one) => one.invariant === invariant)
  if (failure === undefined)
    throw new NotDeterministic(`a scenario broke ${invariant} while it was made small, but not when it was told`)
  const expected = footsteps.expectation(run, invariant)
  const token = encodeToken({ subject, defect, scenario, choices, expected })
  const all = [failure, ...run.failures.filter((one) => one !== failure)]
  return {
    found: all.map((one) => ({
      ...{ invariant: one.invariant, kind: one.kind, reason: one.reason },
      ...{ token, scenario, choices, explanation },
      ...(one === failure && hindsight !== undefined ? { hindsight } : {}),
    })),
    failure,
    run,
    hindsight,
    steps,
    commands: [found.scenario.commands.length, scenario.commands.length],
    choices: [record.size, choices.size],
  }
}
