/** What a campaign counted and what it found: the data of which every report is made. */
import type { Discordance, Explanation, Hindsight, Run, Shrunk } from '../explore/index.ts'

export type Scenario = Run['scenario']
export type Choices = Shrunk<unknown>['choices']

export interface Counts {
  readonly scenarios: number
  /** Scenarios with at least one strand, and with at least one violation. */
  readonly strands: number
  readonly violations: number
}

/** Those of one strategy, or of one family. */
export interface NamedCounts extends Counts {
  readonly name: string
}

/** Something with the number of scenarios in which it was. */
export interface Hits {
  readonly name: string
  readonly hits: number
}

/** A failure that was made small. The token replays it. */
export interface Found {
  readonly invariant: string
  readonly kind: 'safety' | 'liveness'
  readonly reason: string
  readonly token: string
  readonly scenario: Scenario
  readonly choices: Choices
  /** Absent where nobody had the time to look for one. */
  readonly explanation?: Explanation
  /** Absent likewise, and for what broke beside it. */
  readonly hindsight?: Hindsight
  /** Of merged shards: how many more have found one of the same invariant. */
  readonly others?: number
}

/** One stretch of a campaign: so many scenarios, in which so many behaviours were new. */
export interface DiscoveryPoint {
  readonly scenarios: number
  readonly newBehaviours: number
}

export interface Discovery {
  readonly curve: readonly DiscoveryPoint[]
  /** There were more behaviours than are kept; the curve ends there. */
  readonly isCapped: boolean
  /** To what they were new: of merged shards, each knew only its own. */
  readonly within: 'campaign' | 'shard'
}

/** One of `of` machines that share a campaign, from 1. */
export interface Shard {
  readonly nth: number
  readonly of: number
}

/** Of a result that was put together from shards. */
export interface Merged {
  readonly of: number
  readonly shards: readonly number[]
  readonly missing: readonly number[]
  /** Those that were ended before they had played their part. */
  readonly short: readonly number[]
}

export interface Result extends Counts {
  readonly command: 'hunt' | 'stress'
  readonly subject: string
  readonly defect: string | undefined
  /** Undefined: the mix of all families. */
  readonly family: string | undefined
  /** Undefined: all of the portfolio, in turns. */
  readonly strategy: string | undefined
  readonly seed: string
  /** Scenarios that the whole campaign was to play, all shards together; undefined: as many as its time allows. */
  readonly asked: number | undefined
  readonly shard: Shard | undefined
  readonly merged?: Merged
  readonly strategies: readonly NamedCounts[]
  readonly families: readonly NamedCounts[]
  /** Situations that were reached, with the number of scenarios that reached them. */
  readonly sometimes: readonly Hits[]
  /** Situations that this campaign was expected to reach and did not. */
  readonly neverReached: readonly string[]
  readonly discovery: Discovery
  /** Invariants that were broken, with the number of scenarios that broke them. */
  readonly broken: readonly Hits[]
  readonly failures: readonly Found[]
  readonly seconds: number
}

/** Two variants on the same scenarios, by what went wrong; `failures` is either of the two. */
export interface Paired {
  readonly strands: Discordance
  readonly violations: Discordance
  readonly failures: Discordance
}

/** `orchestrator`, or `orchestrator with published`. */
export function nameOf({ subject, defect }: Pick<Result, 'subject' | 'defect'>): string {
  return defect === undefined ? subject : `${subject} with ${defect}`
}
