/**
 * From a scenario that failed to something that a person can use: played again and replayed to see that it is
 * deterministic, made small, told, and written down as a token.
 */
import {
  type Draw,
  type Drawn,
  drawScenario,
  encodeToken,
  type Failure,
  fromMacrotask,
  play,
  type Run,
  recordSource,
  type Shrunk,
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
  /** Before and after shrinking. */
  readonly commands: readonly [before: number, after: number]
  readonly choices: readonly [before: number, after: number]
}

export interface Bounds {
  readonly msMax: number
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
  const { played, about, subject, defect } = target
  const drawn = drawScenario(played, draw, index)
  const run = await fromMacrotask(() => playAgain(target, drawn, hash))
  const invariant = bounds.invariant ?? principal(run.failures, about)!.invariant
  const record = run.choices()
  const task = {
    address: { subject, defect },
    scenario: drawn.scenario,
    choices: record,
    invariant,
    msMax: bounds.msMax,
  }
  const { scenario, choices } = await inThread<Pick<Shrunk<unknown>, 'scenario' | 'choices'>, number>(
    { kind: 'shrink', shrink: task, flags: bounds.flags },
    bounds.onTried,
  )
  const told = await fromMacrotask(() =>
    simulateNow(played, scenario, { choices: recordSource(choices), telling: true }),
  )
  const failure = told.failures.find((one) => one.invariant === invariant)
  if (failure === undefined)
    throw new NotDeterministic(`scenario ${index} broke ${invariant} while it was made small, but not when it was told`)
  const token = encodeToken({ subject, defect, scenario, choices })
  const all = [failure, ...told.failures.filter((one) => one !== failure)]
  return {
    found: all.map(({ invariant, kind, reason }) => ({ invariant, kind, reason, token, scenario, choices })),
    failure,
    run: told,
    commands: [drawn.scenario.commands.length, scenario.commands.length],
    choices: [record.size, choices.size],
  }
}
