/** What came of one run, and what somebody reading it wants to see. */
import type { ChoiceRecord, Scenario } from '../sim/index.ts'

export interface Failure {
  readonly invariant: string
  readonly kind: 'safety' | 'liveness'
  readonly reason: string
  readonly about: readonly string[]
  readonly atUs: number
  /** Steps before it. */
  readonly step: number
}

export interface Told {
  readonly atUs: number
  readonly actor: string
  readonly about: readonly string[]
  readonly text: string
}

export interface Run<C = unknown> {
  readonly scenario: Scenario<C>
  /** The first failure of each invariant, in the order in which they happened. */
  readonly failures: readonly Failure[]
  /** Equal for equal runs. */
  readonly hash: number
  readonly steps: number
  readonly endUs: number
  /** Idle rounds that were not played. */
  readonly skippedRounds: number
  /** Interesting situations that were reached. */
  readonly sometimes: ReadonlySet<string>
  /** Who came after whom at what, as hashes: see Behaviours. */
  readonly behaviours: ReadonlySet<number>
  /** What was chosen, where it differs from the calm choice. */
  choices(): ChoiceRecord
  /** Of a replayed record, how many of its choices were asked for. */
  readonly matched: number
  /** What happened, in words; empty unless the run was told to speak. */
  readonly told: readonly Told[]
}

export function hasBroken({ failures }: Run, invariant: string): boolean {
  return failures.some((failure) => failure.invariant === invariant)
}

export function hasStrand(run: Run): boolean {
  return run.failures.some(({ kind }) => kind === 'liveness')
}

export function hasViolation(run: Run): boolean {
  return run.failures.some(({ kind }) => kind === 'safety')
}
