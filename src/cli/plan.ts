/** A campaign as plain data, so that it can be handed to threads and processes. */
import { type Draw, runCampaign } from '../explore/index.ts'
import type { Shard } from '../report/index.ts'
import { type Outcome, outcomeOf } from './tally.ts'
import { type Address, targetOf } from './target.ts'

/** What ends a campaign early: nothing, any failure, or a failure of the invariant that is named. */
export type Until = 'never' | 'any' | { readonly invariant: string }

export interface Plan extends Address {
  readonly draw: Draw
  /** The first index, the step to the next, and the end (exclusive). */
  readonly first: number
  readonly stride: number
  readonly scenarios: number
  readonly until: Until
}

export function planOf(
  { subject, defect }: Address,
  draw: Draw,
  scenarios: number,
  until: Until,
  shard: Shard = { nth: 1, of: 1 },
): Plan {
  return { subject, defect, draw, first: shard.nth - 1, stride: shard.of, scenarios, until }
}

/** How many scenarios the plan plays when nothing ends it. */
export function sizeOf({ first, stride, scenarios }: Plan): number {
  return Math.max(0, Math.ceil((scenarios - first) / stride))
}

/** Is this what the campaign was looking for? */
export function isSought({ until }: Plan, { broken }: Outcome): boolean {
  if (until === 'never') return false
  return until === 'any' ? broken.length > 0 : broken.includes(until.invariant)
}

/** So many scenarios of a plan, from the one with this place in it. */
export function partOf(plan: Plan, at: number, length: number): Plan {
  const { first, stride, scenarios } = plan
  const from = first + stride * at
  return { ...plan, first: from, scenarios: Math.min(scenarios, from + stride * length) }
}

/** Which part of a campaign this is, where it is shared. */
export function shardOf({ first, stride }: Plan): Shard | undefined {
  return stride === 1 ? undefined : { nth: first + 1, of: stride }
}

/** Plays a plan in this thread, until `stop` says so after a scenario. `fresh` picks the behaviours that are worth telling. */
export async function play(
  plan: Plan,
  onOutcome: (outcome: Outcome) => void,
  stop: (next: number) => boolean,
  fresh: (behaviours: Iterable<number>) => number[] = (behaviours) => [...behaviours],
): Promise<void> {
  const { draw, first, stride, scenarios } = plan
  await runCampaign(targetOf(plan.subject, plan.defect).played, {
    ...draw,
    first,
    stride,
    scenarios,
    onRun: (drawn, run) => {
      const outcome = outcomeOf(drawn, run, fresh)
      onOutcome(outcome)
      return isSought(plan, outcome) || stop(drawn.index + stride)
    },
  })
}
