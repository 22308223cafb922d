/** The results for machines. These shapes are promised: fields may be added, never renamed. */
import type { Constraint, Defect, Divergence, Expectation, OrderSearch, Run } from '../explore/index.ts'
import { constraintsOf } from './constraints.ts'
import { inevitabilityJson } from './inevitable.ts'
import { pairedJson, ratioOf } from './paired.ts'
import { rateOf } from './rate.ts'
import type { Counts, Found, NamedCounts, Paired, Result } from './result.ts'

function ratesJson({ scenarios, strands, violations }: Counts) {
  const { perThousand, low, high, confidence } = rateOf(strands, scenarios)
  const broken = rateOf(violations, scenarios)
  return {
    scenarios,
    strands,
    violations,
    strandsPerThousand: perThousand,
    interval: { low, high, confidence },
    violationsPerThousand: broken.perThousand,
    violationsInterval: { low: broken.low, high: broken.high, confidence },
  }
}

function namedJson({ name, ...counts }: NamedCounts) {
  return { name, ...ratesJson(counts) }
}

function foundJson({ invariant, kind, reason, token, scenario, choices, explanation, hindsight, others }: Found) {
  const { orders, kept, failed } = explanation ?? {}
  const shrunk = {
    commands: scenario.commands,
    constraints: constraintsOf(choices, explanation),
    orders: orders?.map(({ before, after }) => `${before}<${after}`) ?? null,
    randomRuns: kept ?? null,
    randomFailures: failed ?? null,
  }
  const inevitable = hindsight === undefined ? {} : { inevitable: inevitabilityJson(hindsight) }
  return { invariant, kind, reason, token, shrunk, ...inevitable, ...(others === undefined ? {} : { others }) }
}

/** Of hunt, stress and merge. Rates and their intervals are per thousand scenarios. */
export function resultJson(result: Result) {
  const { command, subject, defect, family, strategy, seed, asked, shard, merged, scenarios, seconds } = result
  const { strategies, families, failures, sometimes, neverReached, discovery, broken } = result
  return {
    command,
    subject,
    defect: defect ?? null,
    family: family ?? 'all',
    strategy: strategy ?? 'all',
    seed,
    asked: asked ?? null,
    shard: shard ?? null,
    ...(merged === undefined ? {} : { merged }),
    ...ratesJson(result),
    strategies: strategies.map(namedJson),
    families: families.map(namedJson),
    failures: failures.map(foundJson),
    broken,
    sometimes,
    neverReached,
    discovery: discovery.curve,
    discoveryWithin: discovery.within,
    discoveryCapped: discovery.isCapped,
    seconds: Number(seconds.toFixed(3)),
    scenariosPerSecond: seconds > 0 ? Math.round(scenarios / seconds) : 0,
  }
}

/** Of stress with two variants: the first as usual, the second beside it. A ratio is null where it would divide by none. */
export function againstJson(one: Result, other: Result, paired: Paired) {
  const ratio = {
    strands: ratioOf(other, one, 'strands') ?? null,
    violations: ratioOf(other, one, 'violations') ?? null,
  }
  return { ...resultJson(one), against: resultJson(other), ratio, test: pairedJson(paired) }
}

export function defectsJson(defects: readonly Defect<unknown>[]) {
  return {
    defects: defects.map(({ mutant: _, isRare = false, ...defect }) => ({ ...defect, isRare })),
  }
}

export interface Replayed {
  readonly subject: string
  readonly defect: string | undefined
  readonly run: Run
  /** Choices of the record, and those that no longer occur. */
  readonly choices: number
  readonly missing: readonly string[]
  /** What the token says should happen, and where the run did something else. */
  readonly expected: Expectation
  readonly divergence: Divergence | undefined
}

export function replayJson({ subject, defect, run, choices, missing, expected, divergence }: Replayed, trace: boolean) {
  const { failures, steps, hash, told } = run
  return {
    command: 'replay',
    subject,
    defect: defect ?? null,
    fails: failures.length > 0,
    failures: failures.map(({ invariant, kind, reason, atUs }) => ({ invariant, kind, reason, atMs: atUs / 1000 })),
    sought: expected.invariant,
    choices,
    missing,
    divergence: divergence ?? null,
    steps,
    hash,
    ...(trace ? { trace: told.map(({ atUs, actor, text }) => ({ atMs: atUs / 1000, actor, text })) } : {}),
  }
}

/** Of replay with --before. */
export function searchJson(
  target: string,
  orders: readonly Constraint[],
  { runs, kept, failed }: OrderSearch<unknown>,
  failures: readonly Found[],
) {
  const { low, high, confidence } = rateOf(failed, kept)
  return {
    command: 'replay',
    target,
    orders: orders.map(({ before, after }) => `${before}<${after}`),
    runs,
    kept,
    failed,
    interval: { low, high, confidence },
    failures: failures.map(foundJson),
  }
}
