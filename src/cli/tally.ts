/** Counts outcomes in the order of their scenarios, so that the sum does not depend on who played them. */
import { type Drawn, hasStrand, hasViolation, type Run } from '../explore/index.ts'
import type { Result, StrategyCounts } from '../report/index.ts'

/** What a campaign keeps of one run: plain data that threads can send. */
export interface Outcome {
  readonly index: number
  readonly strategy: string
  readonly hash: number
  readonly strand: boolean
  readonly violation: boolean
  readonly broken: readonly string[]
  readonly sometimes: readonly string[]
}

export function outcomeOf({ index, strategy }: Drawn<unknown>, run: Run): Outcome {
  return {
    index,
    strategy,
    hash: run.hash,
    strand: hasStrand(run),
    violation: hasViolation(run),
    broken: run.failures.map(({ invariant }) => invariant),
    sometimes: [...run.sometimes],
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export class Tally {
  scenarios = 0
  strands = 0
  violations = 0
  /** Folds the hashes of all runs. */
  hash = 0
  /** Invariant → the first outcome that broke it. */
  readonly firstToBreak = new Map<string, Outcome>()
  firstFailed: Outcome | undefined
  private readonly byStrategy = new Map<string, Writable<StrategyCounts>>()
  private readonly hits = new Map<string, number>()
  private readonly broken = new Map<string, number>()

  fold(outcome: Outcome): void {
    const { strategy, strand, violation } = outcome
    let own = this.byStrategy.get(strategy)
    if (own === undefined) {
      own = { name: strategy, scenarios: 0, strands: 0, violations: 0 }
      this.byStrategy.set(strategy, own)
    }
    for (const counts of [this, own]) {
      counts.scenarios++
      if (strand) counts.strands++
      if (violation) counts.violations++
    }
    this.hash = (this.hash * 31 + outcome.hash) % Number.MAX_SAFE_INTEGER
    for (const name of outcome.sometimes) increment(this.hits, name)
    for (const name of outcome.broken) {
      increment(this.broken, name)
      if (!this.firstToBreak.has(name)) this.firstToBreak.set(name, outcome)
    }
    if (outcome.broken.length > 0) this.firstFailed ??= outcome
  }

  counts(): Pick<Result, 'scenarios' | 'strands' | 'violations' | 'strategies' | 'sometimes' | 'broken'> {
    const { scenarios, strands, violations, byStrategy, hits, broken } = this
    const strategies = [...byStrategy.values()].map((counts) => ({ ...counts }))
    return { scenarios, strands, violations, strategies, sometimes: ranked(hits), broken: ranked(broken) }
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** The most frequent first; equal ones by name. */
function ranked(counts: ReadonlyMap<string, number>): { name: string; hits: number }[] {
  return [...counts]
    .map(([name, hits]) => ({ name, hits }))
    .toSorted((a, b) => b.hits - a.hits || (a.name < b.name ? -1 : 1))
}
