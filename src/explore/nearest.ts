/**
 * The passing run that differs least from a failing one. Of the reruns from a prefix that passed, the one whose told trace
 * is most alike is taken, and one that breaks nothing at all before others. Then what it chose otherwise is put back to what
 * the failing run chose, as long as it passes and shares the prefix (after Zeller, "Isolating cause-effect chains from
 * computer programs", FSE 2002).
 */
import type { ChoiceRecord, Step } from '../sim/index.ts'
import type { Forks } from './forks.ts'
import type { Run } from './run.ts'
import type { How } from './simulate.ts'
import { distanceOf, traceDiff } from './traceDiff.ts'

const PREFIXES_MAX = 6
const RERUNS = 30
const PASSING_MAX = 30
const CLOSER_RUNS_MAX = 80

export interface Nearest<C = unknown> {
  /** Told. It breaks nothing that the failing run does not break. */
  readonly run: Run<C>
  /** So many steps it has in common with the failing run, with all that was chosen in them. */
  readonly steps: number
  /** Lines of the two told traces that only one of them has. */
  readonly distance: number
}

/**
 * From the longest prefix that can pass, or the next shorter ones where whatever passed has a failure of its own; undefined
 * where all of them have.
 */
export function nearestPass<C>(forks: Forks<C>): Nearest<C> | undefined {
  for (const steps of forks.openPrefixes().slice(0, PREFIXES_MAX)) {
    forks.rerun(steps, RERUNS)
    const nearest = nearestFrom(forks, steps)
    if (nearest !== undefined) return closer(forks, nearest)
  }
  return undefined
}

function nearestFrom<C>(forks: Forks<C>, steps: number): Nearest<C> | undefined {
  let nearest: Nearest<C> | undefined
  for (const nth of forks.passedFrom(steps).slice(0, PASSING_MAX)) {
    if (forks.isStopped) break
    const other = compared(forks, steps, (how) => forks.play(steps, nth, how))
    if (other !== undefined && (nearest === undefined || order(other, nearest) < 0)) nearest = other
  }
  return nearest
}

function order(one: Nearest, other: Nearest): number {
  return one.run.failures.length - other.run.failures.length || one.distance - other.distance
}

type Watching = Pick<How, 'telling' | 'onStep'>

/** Undefined unless this run passes and has so many steps in common with the failing one. */
function compared<C>(forks: Forks<C>, steps: number, play: (how: Watching) => Run<C>): Nearest<C> | undefined {
  let equal = 0
  const onStep = ({ index, hash }: Step) => {
    if (equal === index - 1 && forks.steps[index - 1]?.hash === hash) equal = index
  }
  const run = play({ telling: true, onStep })
  if (equal < steps || forks.breaks(run) || breaksMore(run, forks.failing)) return undefined
  return { run, steps, distance: distanceOf(traceDiff(forks.failing.told, run.told)) }
}

function breaksMore(run: Run, failing: Run): boolean {
  return run.failures.some(({ invariant }) => !failing.failures.some((other) => other.invariant === invariant))
}

/** Delta debugging over the choices in which the two differ. */
function closer<C>(forks: Forks<C>, first: Nearest<C>): Nearest<C> {
  const recorded = forks.failing.choices()
  const runsMax = forks.runs + CLOSER_RUNS_MAX
  const isExhausted = () => forks.runs >= runsMax || forks.isStopped
  let nearest = first
  let differing = differences(nearest.run.choices(), recorded)
  for (let chunk = Math.ceil(differing.length / 2); chunk >= 1 && !isExhausted(); ) {
    let improved = false
    for (let from = 0; from < differing.length && !isExhausted(); ) {
      const choices = restored(nearest.run.choices(), recorded, differing.slice(from, from + chunk))
      const other = compared(forks, nearest.steps, (how) => forks.replay(choices, how))
      const rest = other === undefined ? differing : differences(other.run.choices(), recorded)
      if (other !== undefined && order(other, nearest) <= 0 && rest.length < differing.length) {
        nearest = other
        differing = rest
        improved = true
      } else from += chunk
    }
    if (!improved || chunk > 1) chunk = Math.floor(Math.min(chunk, differing.length) / 2)
  }
  return nearest
}

function differences(one: ChoiceRecord, other: ChoiceRecord): string[] {
  const keys = new Set([...one.keys(), ...other.keys()])
  return [...keys].filter((key) => one.get(key) !== other.get(key))
}

function restored(choices: ChoiceRecord, recorded: ChoiceRecord, keys: readonly string[]): ChoiceRecord {
  const merged = new Map(choices)
  for (const key of keys) {
    const value = recorded.get(key)
    if (value === undefined) merged.delete(key)
    else merged.set(key, value)
  }
  return merged
}
