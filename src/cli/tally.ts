/** Counts outcomes in the order of their scenarios, so that the sum does not depend on who played them. */
import { type Drawn, hasStrand, hasViolation, type Run } from '../explore/index.ts'
import type { NamedCounts, Result } from '../report/index.ts'
import { Discovery } from './discovery.ts'
import { Marks } from './marks.ts'

/** What a campaign keeps of one run: plain data that threads can send. */
export interface Outcome {
  readonly index: number
  readonly strategy: string
  readonly family: string
  readonly hash: number
  readonly strand: boolean
  readonly violation: boolean
  readonly broken: readonly string[]
  readonly sometimes: readonly string[]
  /** What the run did; from a thread only what the thread had not seen before. */
  readonly behaviours: readonly number[]
}

/** `fresh` picks the behaviours that are worth telling. */
export function outcomeOf(
  { index, strategy, scenario }: Drawn<unknown>,
  run: Run,
  fresh: (behaviours: Iterable<number>) => number[],
): Outcome {
  return {
    index,
    strategy,
    family: scenario.family,
    hash: run.hash,
    strand: hasStrand(run),
    violation: hasViolation(run),
    broken: run.failures.map(({ invariant }) => invariant),
    sometimes: [...run.sometimes],
    behaviours: fresh(run.behaviours),
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
  /** By index: which scenarios were played, and which of them failed how. */
  readonly marks = { played: new Marks(), strands: new Marks(), violations: new Marks() }
  private readonly byStrategy = new Map<string, Writable<NamedCounts>>()
  private readonly byFamily = new Map<string, Writable<NamedCounts>>()
  private readonly hits = new Map<string, number>()
  private readonly broken = new Map<string, number>()
  private readonly discovery = new Discovery()
  private readonly stride: number

  /** `stride` from one index of the campaign to the next. */
  constructor(stride = 1) {
    this.stride = stride
  }

  fold(outcome: Outcome): void {
    const { index, strategy, family, strand, violation } = outcome
    for (const counts of [this, entryOf(this.byStrategy, strategy), entryOf(this.byFamily, family)]) {
      counts.scenarios++
      if (strand) counts.strands++
      if (violation) counts.violations++
    }
    const at = Math.floor(index / this.stride)
    this.marks.played.add(at)
    if (strand) this.marks.strands.add(at)
    if (violation) this.marks.violations.add(at)
    this.hash = (this.hash * 31 + outcome.hash) % Number.MAX_SAFE_INTEGER
    this.discovery.fold(outcome.behaviours)
    for (const name of outcome.sometimes) increment(this.hits, name)
    for (const name of outcome.broken) {
      increment(this.broken, name)
      if (!this.firstToBreak.has(name)) this.firstToBreak.set(name, withoutBehaviours(outcome))
    }
    if (outcome.broken.length > 0) this.firstFailed ??= withoutBehaviours(outcome)
  }

  counts(): Pick<
    Result,
    'scenarios' | 'strands' | 'violations' | 'strategies' | 'families' | 'sometimes' | 'broken' | 'discovery'
  > {
    const { scenarios, strands, violations, byStrategy, byFamily, hits, broken, discovery } = this
    return {
      scenarios,
      strands,
      violations,
      strategies: listed(byStrategy),
      families: listed(byFamily),
      sometimes: ranked(hits),
      broken: ranked(broken),
      discovery: { curve: discovery.curve, isCapped: discovery.isCapped, within: 'campaign' },
    }
  }
}

function withoutBehaviours(outcome: Outcome): Outcome {
  return { ...outcome, behaviours: [] }
}

function entryOf(counts: Map<string, Writable<NamedCounts>>, name: string): Writable<NamedCounts> {
  let entry = counts.get(name)
  if (entry === undefined) {
    entry = { name, scenarios: 0, strands: 0, violations: 0 }
    counts.set(name, entry)
  }
  return entry
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** By name, so that shards and whole campaigns list them alike. */
function listed(counts: ReadonlyMap<string, NamedCounts>): NamedCounts[] {
  return [...counts.values()].map((entry) => ({ ...entry })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The most frequent first; equal ones by name. */
function ranked(counts: ReadonlyMap<string, number>): { name: string; hits: number }[] {
  return [...counts]
    .map(([name, hits]) => ({ name, hits }))
    .toSorted((a, b) => b.hits - a.hits || (a.name < b.name ? -1 : 1))
}
