/** What a campaign counted and what it found: the data of which every report is made. */
import type { Run, Shrunk } from '../explore/index.ts'

export type Scenario = Run['scenario']
export type Choices = Shrunk<unknown>['choices']

export interface Counts {
  readonly scenarios: number
  /** Scenarios with at least one strand, and with at least one violation. */
  readonly strands: number
  readonly violations: number
}

export interface StrategyCounts extends Counts {
  readonly name: string
}

/** A failure that was made small. The token replays it. */
export interface Found {
  readonly invariant: string
  readonly kind: 'safety' | 'liveness'
  readonly reason: string
  readonly token: string
  readonly scenario: Scenario
  readonly choices: Choices
}

export interface Result extends Counts {
  readonly subject: string
  readonly defect: string | undefined
  /** Undefined: the mix of all families. */
  readonly family: string | undefined
  readonly seed: string
  readonly strategies: readonly StrategyCounts[]
  /** Situations that were reached, with the number of scenarios that reached them. */
  readonly sometimes: readonly { readonly name: string; readonly hits: number }[]
  /** Invariants that were broken, with the number of scenarios that broke them. */
  readonly broken: readonly { readonly name: string; readonly hits: number }[]
  readonly failures: readonly Found[]
  readonly seconds: number
}

/** `orchestrator`, or `orchestrator with published`. */
export function nameOf({ subject, defect }: Pick<Result, 'subject' | 'defect'>): string {
  return defect === undefined ? subject : `${subject} with ${defect}`
}
