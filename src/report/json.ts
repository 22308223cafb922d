/** The results for machines. These shapes are promised: fields may be added, never renamed. */
import type { Defect, Run } from '../explore/index.ts'
import { constraintsOf } from './constraints.ts'
import { rateOf } from './rate.ts'
import type { Counts, Found, Result } from './result.ts'
import { ratioOf } from './summary.ts'

function ratesJson({ scenarios, strands, violations }: Counts) {
  const { perThousand, low, high, confidence } = rateOf(strands, scenarios)
  return { scenarios, strands, violations, strandsPerThousand: perThousand, interval: { low, high, confidence } }
}

function foundJson({ invariant, reason, token, scenario, choices }: Found) {
  const shrunk = { commands: scenario.commands, constraints: constraintsOf(choices, scenario) }
  return { invariant, reason, token, shrunk }
}

/** Of hunt and stress. Rates and their intervals are per thousand scenarios. */
export function resultJson(result: Result) {
  const { subject, defect, family, seed, strategies, failures, sometimes, broken, scenarios, seconds } = result
  return {
    subject,
    defect: defect ?? null,
    family: family ?? 'all',
    seed,
    ...ratesJson(result),
    strategies: strategies.map(({ name, ...counts }) => ({ name, ...ratesJson(counts) })),
    failures: failures.map(foundJson),
    broken,
    sometimes,
    seconds: Number(seconds.toFixed(3)),
    scenariosPerSecond: seconds > 0 ? Math.round(scenarios / seconds) : 0,
  }
}

/** Of stress with two variants: the first as usual, the second beside it. A ratio is null where it would divide by none. */
export function againstJson(one: Result, other: Result) {
  const ratio = {
    strands: ratioOf(other, one, 'strands') ?? null,
    violations: ratioOf(other, one, 'violations') ?? null,
  }
  return { ...resultJson(one), against: resultJson(other), ratio }
}

export function defectsJson(defects: readonly Defect<unknown>[]) {
  return {
    defects: defects.map(({ name, incident, family, breaks, story }) => ({ name, incident, family, breaks, story })),
  }
}

export interface Replayed {
  readonly subject: string
  readonly defect: string | undefined
  readonly run: Run
  /** Choices of the record, and those that no longer occur. */
  readonly choices: number
  readonly missing: readonly string[]
}

export function replayJson({ subject, defect, run, choices, missing }: Replayed, trace: boolean) {
  const { failures, steps, hash, told } = run
  return {
    subject,
    defect: defect ?? null,
    fails: failures.length > 0,
    failures: failures.map(({ invariant, kind, reason, atUs }) => ({ invariant, kind, reason, atMs: atUs / 1000 })),
    choices,
    missing,
    steps,
    hash,
    ...(trace ? { trace: told.map(({ atUs, actor, text }) => ({ atMs: atUs / 1000, actor, text })) } : {}),
  }
}
