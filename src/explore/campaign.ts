/** Runs scenario after scenario and counts. */
import { begun } from './begin.ts'
import { type Draw, type Drawn, drawScenario } from './draw.ts'
import { hasStrand, hasViolation, type Run } from './run.ts'
import { type How, inSlices, simulateNow } from './simulate.ts'
import type { Subject } from './subject.ts'

export interface CampaignOptions extends Draw {
  readonly scenarios: number
  /** Index of the first scenario and the step to the next: shards and workers interleave. */
  readonly first?: number
  readonly stride?: number
  /** Called after each scenario; true ends the campaign. */
  readonly onRun?: (drawn: Drawn<unknown>, run: Run) => boolean
  readonly signal?: AbortSignal
}

export interface Campaign {
  readonly scenarios: number
  readonly strands: number
  readonly violations: number
  readonly steps: number
  /** Situation → scenarios that reached it. */
  readonly sometimes: ReadonlyMap<string, number>
  /** Invariant → scenarios in which it was broken. */
  readonly broken: ReadonlyMap<string, number>
  /** Strategy → scenarios and failing ones. */
  readonly strategies: ReadonlyMap<string, { scenarios: number; failed: number }>
  /** Folds the hashes of all runs, in order. */
  readonly hash: number
}

/** `more` is for whoever watches the run step by step. */
export function play<C>(
  subject: Subject<C>,
  drawn: Drawn<C>,
  telling = false,
  more: Pick<How, 'onStep' | 'stacks'> = {},
): Run<C> {
  const strategy = begun(drawn.strategy, subject, drawn.scenario, drawn.seed)
  return simulateNow(subject, drawn.scenario, {
    strategy,
    choices: { kind: 'seed', seed: drawn.seed },
    telling,
    ...more,
  })
}

export async function runCampaign<C>(subject: Subject<C>, options: CampaignOptions): Promise<Campaign> {
  const { scenarios, first = 0, stride = 1, onRun, signal } = options
  const sometimes = new Map<string, number>()
  const broken = new Map<string, number>()
  const strategies = new Map<string, { scenarios: number; failed: number }>()
  let done = 0
  let strands = 0
  let violations = 0
  let steps = 0
  let hash = 0
  let index = first
  let ended = false
  const one = () => {
    const drawn = drawScenario(subject, options, index)
    const run = play(subject, drawn)
    index += stride
    done++
    steps += run.steps
    hash = (hash * 31 + run.hash) % Number.MAX_SAFE_INTEGER
    if (hasStrand(run)) strands++
    if (hasViolation(run)) violations++
    for (const name of run.sometimes) sometimes.set(name, (sometimes.get(name) ?? 0) + 1)
    for (const { invariant } of run.failures) broken.set(invariant, (broken.get(invariant) ?? 0) + 1)
    const strategy = strategies.get(drawn.strategy) ?? { scenarios: 0, failed: 0 }
    strategies.set(drawn.strategy, strategy)
    strategy.scenarios++
    if (run.failures.length > 0) strategy.failed++
    ended = onRun?.(drawn, run) ?? false
  }
  await inSlices(() => {
    if (index >= scenarios || signal?.aborted) return false
    one()
    return index < scenarios && !ended
  })
  return { scenarios: done, strands, violations, steps, sometimes, broken, strategies, hash }
}
