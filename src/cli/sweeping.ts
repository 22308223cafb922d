/** Plays one sweep with progress shown, and turns what failed in it into tokens. */
import {
  type Broken,
  completeSearch,
  type Deviations,
  delaySweep,
  faultSweep,
  fromMacrotask,
  playSweep,
  type Searched,
  tokenOf,
  Unrepeatable,
} from '../explore/index.ts'
import { departures, plural, type Scenario, type SweepGroup } from '../report/index.ts'
import { NotDeterministic } from './finding.ts'
import { progressBar } from './progress.ts'
import type { Target } from './target.ts'

const SCHEDULES_DEFAULT = 20_000
/** Of each invariant. */
const EXAMPLES_MAX = 3
const PARTS = 1_000

export const kinds = ['faults', 'delays', 'schedules'] as const

/** What is tried, and where it ends. */
export interface Sweeping {
  readonly kind: (typeof kinds)[number]
  readonly pairs: number
  readonly runs?: number
  readonly until?: number
  readonly time?: number
}

/** Everything that broke one invariant first. */
interface BrokenAlike {
  readonly failed: number
  readonly examples: readonly { readonly broken: Broken; readonly where: readonly string[] }[]
  readonly invariant: string
}

interface Played {
  readonly swept: Deviations | Searched
  readonly broken: readonly BrokenAlike[]
}

/** Throws NotDeterministic. */
export async function playOne(
  target: Target,
  scenario: Scenario,
  flags: Sweeping,
  signal: AbortSignal,
): Promise<Played> {
  const { kind, pairs, time, until } = flags
  const runsMax = flags.runs ?? (kind === 'schedules' ? SCHEDULES_DEFAULT : Number.POSITIVE_INFINITY)
  const untilMs = time === undefined ? Number.POSITIVE_INFINITY : performance.now() + time * 1000
  const stop = (runs: number) => signal.aborted || runs >= runsMax || performance.now() >= untilMs
  const bar = progressBar('sweeping', PARTS)
  const onSlice = ({ runs, of }: { runs: number; of: number | undefined }) =>
    bar.update((PARTS * runs) / Math.min(of ?? runsMax, runsMax), plural(runs, 'run'))
  try {
    if (kind === 'schedules') {
      const bounds = { stop, ...(until === undefined ? {} : { untilMs: until }) }
      const swept = await playSweep(completeSearch(target.played, scenario, bounds), onSlice)
      return {
        swept,
        broken: swept.broken.map(({ invariant, schedules, examples }) => ({
          invariant,
          failed: schedules,
          examples: examples.map((broken) => ({ broken, where: [] })),
        })),
      }
    }
    const begin = kind === 'faults' ? faultSweep : delaySweep
    const swept = await playSweep(begin(target.played, scenario, { pairs, stop }), onSlice)
    return { swept, broken: alike(swept) }
  } catch (error) {
    if (error instanceof Unrepeatable) throw new NotDeterministic(error.message)
    throw error
  } finally {
    bar.stop()
  }
}

function alike({ broken }: Deviations): BrokenAlike[] {
  const groups = Map.groupBy(broken, ({ failures }) => failures[0]!.invariant)
  return [...groups].map(([invariant, all]) => ({
    invariant,
    failed: all.length,
    examples: all.slice(0, EXAMPLES_MAX).map((one) => ({ broken: one, where: departures(one) })),
  }))
}

/** Throws NotDeterministic. */
export async function groupOf(target: Target, { invariant, failed, examples }: BrokenAlike): Promise<SweepGroup> {
  const told = await Promise.all(
    examples.map(async ({ broken, where }) => {
      if (!broken.isRepeatable)
        throw new NotDeterministic(
          `a run that broke ${invariant} went another way when it was replayed from its record`,
        )
      const { scenario, choices, failures } = broken
      const { kind, reason } = failures.find((failure) => failure.invariant === invariant)!
      const failing = { scenario, failures, choices: () => choices }
      const token = await fromMacrotask(() => tokenOf(target.played, failing, target.defect, invariant))
      return { kind, example: { reason, where, token } }
    }),
  )
  return { invariant, failed, kind: told[0]!.kind, examples: told.map(({ example }) => example) }
}
