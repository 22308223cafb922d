/**
 * When did a failure become inevitable? Reruns from a prefix of the failing run estimate P(fail | prefix). What is certain
 * after a prefix stays certain along this run, so the first such prefix is found by bisection.
 *
 * What the numbers mean: a point is named after 100 of 100 reruns from there have failed, and the step before it has passed
 * at least once. With 95 % confidence that puts P(fail) above 0.96 (exactInterval(100, 100)); of most points 60 of the 100 were
 * made only when the search had settled on it, and they alone say 0.94. "Nothing saved it" is what was seen, not a proof: what
 * saves one run in a thousand goes unnoticed. Faults strike in reruns at the rates of the scenario, so a failure made small
 * is measured in its small scenario.
 */
import type { ChoiceRecord, Scenario } from '../sim/index.ts'
import { Forks, type Prefix } from './forks.ts'
import { type Nearest, nearestPass } from './nearest.ts'
import type { Failure, Run } from './run.ts'
import type { Subject } from './subject.ts'

export type { Nearest, Prefix }

/** Reruns in the search; the rest is in proportion. */
const RERUNS = 40
const VERIFY_SHARE = 2.5
const BEFORE_SHARE = 1.5
const CURVE_SHARE = 0.5
const CURVE_PREFIXES = 12
/** Where one run in thirty is saved over many steps, the search for the last one of them is given up. */
const SEARCH_RUNS_MAX = 600

/** How much of the rest must fail before a failure is as good as decided. */
const TURNED_SHARE = 0.8

export interface Place {
  /** So many steps of the run, from the first. */
  readonly steps: number
  /** The operation that fired in the last of them; undefined when that is none. */
  readonly operationName: string | undefined
  readonly atUs: number
}

/** After its steps the failure was certain. */
export interface Point extends Place {
  /**
   * Whether the scenario alone decides (every schedule fails), one step in the run, the end of chaos, after which nothing
   * is left to chance, or the failing step itself.
   */
  readonly decidedBy: 'scenario' | 'step' | 'calm' | 'failure'
  /** Reruns from there, all of which failed; 0 where nothing is left that a rerun could do otherwise. */
  readonly reruns: number
}

export interface Inevitability<C = unknown> {
  /** The failing run, told, and what it breaks. */
  readonly failing: Run<C>
  readonly failure: Failure
  /** Ascending; spread over the steps before the point, or before all is certain; the point comes last if it was rerun. */
  readonly curve: readonly Prefix[]
  /** Undefined if it was not found in time, or in 600 runs. */
  readonly point: Point | undefined
  /** The longest prefix that is known to pass at times: one step before the point, if there is one. */
  readonly before: Prefix | undefined
  /** Where it was as good as decided, if that was well before the point: from there on four in five reruns fail or more. */
  readonly turn: (Place & Prefix) | undefined
  readonly closest: Nearest<C> | undefined
  /** Simulations that it took. */
  readonly runs: number
}

/** All of it that is data: what a thread can hand over. */
export type Hindsight = Omit<Inevitability, 'failing' | 'closest'> & {
  readonly failing: Witness
  readonly closest: (Omit<Nearest, 'run'> & { readonly run: Witness }) | undefined
}

/** A run without what it computes when asked. */
type Witness = Omit<Run, 'choices'>

export function hindsightOf<C>({ failing, closest, ...known }: Inevitability<C>): Hindsight {
  const nearest = closest === undefined ? undefined : { ...closest, run: witness(closest.run) }
  return { ...known, failing: witness(failing), closest: nearest }
}

function witness<C>({ choices: _, ...run }: Run<C>): Witness {
  return run
}

export interface Search {
  /** Asked between runs; once it is true, what is known so far is returned. */
  readonly stop: () => boolean
  readonly reruns?: number
}

/** Call it in a macrotask, as `simulateNow`. Throws an Error if the record does not break the invariant. */
export function inevitability<C>(
  subject: Subject<C>,
  scenario: Scenario<C>,
  choices: ChoiceRecord,
  invariant: string,
  { stop, reruns = RERUNS }: Search,
): Inevitability<C> {
  const forks = new Forks(subject, scenario, choices, invariant, stop)
  const certain = forks.certainFrom()
  const point = pointOf(forks, certain, reruns)
  const last = forks.openPrefixes()[0]
  const before = last === undefined ? undefined : forks.rerun(last, Math.ceil(reruns * BEFORE_SHARE))
  const closest = nearestPass(forks)
  const end = point?.steps ?? certain
  const curve = curveTo(forks, end, Math.ceil(reruns * CURVE_SHARE))
  if (point !== undefined && point.reruns > 0) curve.push(forks.rerun(end, 0))
  const turn = turnOf(forks, curve, end, Math.ceil(reruns * CURVE_SHARE))
  const { failing, failure, runs } = forks
  return { failing, failure, curve, point, before, turn, closest, runs }
}

function pointOf<C>(forks: Forks<C>, certain: number, reruns: number): Point | undefined {
  const verified = Math.ceil(reruns * VERIFY_SHARE)
  const isExhausted = () => forks.isStopped || forks.runs > SEARCH_RUNS_MAX
  const canPass = (steps: number, times: number) => {
    const { failed, reruns: made } = forks.rerun(steps, times, 'search')
    return failed < made
  }
  let low = -1
  let high = certain
  let times = reruns
  for (;;) {
    while (high - low > 1 && !isExhausted()) {
      // The start is asked first: where the scenario decides alone, nothing else has to be.
      const middle = low < 0 ? 0 : Math.floor((low + high) / 2)
      if (canPass(middle, times)) low = middle
      else high = middle
    }
    if (isExhausted()) return undefined
    if (high === certain || !canPass(high, verified)) return forks.isStopped ? undefined : pointAt(forks, high, certain)
    // Where few reruns are saved, few reruns do not tell: what is asked from here on is asked thoroughly.
    low = high
    high = certain
    times = verified
  }
}

function pointAt<C>(forks: Forks<C>, steps: number, certain: number): Point {
  const { reruns } = forks.rerun(steps, 0)
  const middle = steps < certain ? 'step' : steps === forks.failure.step ? 'failure' : 'calm'
  return { ...placeAt(forks, steps), decidedBy: steps === 0 ? 'scenario' : middle, reruns }
}

function placeAt<C>({ steps: played }: Forks<C>, steps: number): Place {
  const step = played[steps - 1]
  return { steps, operationName: step?.operation.name, atUs: step?.atUs ?? 0 }
}

/** Prefixes that the search left after their first pass are brought to the full number, which makes them a fair estimate. */
function curveTo<C>(forks: Forks<C>, end: number, reruns: number): Prefix[] {
  const places = new Set<number>()
  for (let nth = 0; nth < CURVE_PREFIXES && end > 0; nth++) places.add(Math.floor((nth * end) / CURVE_PREFIXES))
  if (end > 0) places.add(end - 1)
  const curve: Prefix[] = []
  for (const steps of places) {
    if (forks.isStopped) break
    curve.push(forks.rerun(steps, reruns))
  }
  return curve.filter((prefix) => prefix.reruns > 0)
}

/** Of a step or two before the end nobody wants to hear: two prefixes of the curve must lie between. */
function turnOf<C>(
  forks: Forks<C>,
  curve: readonly Prefix[],
  end: number,
  reruns: number,
): (Place & Prefix) | undefined {
  const hasTurned = (prefix: Prefix) => prefix.failed >= TURNED_SHARE * prefix.reruns
  const open = curve.filter(({ steps }) => steps < end)
  const since = open.findLastIndex((prefix) => !hasTurned(prefix)) + 1
  if (open.length - since < 2) return undefined
  let low = open[since - 1]?.steps ?? -1
  let high = open[since]!.steps
  while (high - low > 1 && !forks.isStopped) {
    const middle = Math.floor((low + high) / 2)
    if (hasTurned(forks.rerun(middle, reruns))) high = middle
    else low = middle
  }
  return forks.isStopped ? undefined : { ...placeAt(forks, high), ...forks.rerun(high, 0) }
}
