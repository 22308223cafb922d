/**
 * One schedule of a complete search: first as a script says, then whatever is not asleep. Steps take no time of their own, as
 * windows are off, and time passes when nothing is left to do: what happens then is a matter of the order of steps alone, and not of
 * the microseconds that they took. What is due after the horizon happens in the order of typical times and is not recorded.
 */
import { type Chain, INSTANT_US, type Operation, type PickingStrategy, pathIdentity } from '../../sim/index.ts'
import { earliest } from '../strategies/delayBounded.ts'
import { type Access, type Accesses, dependent, isEffect, serverOf } from './access.ts'
import { Unrepeatable } from './sweep.ts'

/** An operation that may happen next, by an identity that holds in every run. */
export interface Candidate {
  readonly id: number
  readonly access: Access
}

export interface Walked extends Candidate {
  readonly atUs: number
  /** The step that issued it, from 1. */
  readonly cause: number
  /** Everything that could have happened here, itself included. */
  readonly enabled: readonly Candidate[]
  /** What could have happened here and now never will. */
  readonly removed: readonly Candidate[]
  /** What need not happen next here: another schedule began with it and came to the same. */
  readonly asleep: ReadonlyMap<number, Access>
  /** The server for whose pool this is work. */
  readonly pool: string | undefined
}

/** Thrown out of a run: whatever may come next was played in an equivalent schedule. */
export class Redundant extends Error {}

interface Offer extends Candidate {
  readonly operation: Operation
}

export class Walk implements PickingStrategy {
  readonly kind = 'picking'
  readonly name = 'complete'
  readonly windows = 'off'
  readonly steps: Walked[] = []
  private readonly script: readonly number[]
  private readonly accesses: Accesses
  private readonly untilUs: number
  private asleep: ReadonlyMap<number, Access>
  /** After each step, what time it is when steps take none. */
  private readonly clock = [0]
  private offers: Offer[] = []
  private isOver = false

  /** `asleep`: at the end of the script. `untilUs`: how long, in the walk's own time, schedules are told apart. */
  constructor(script: readonly number[], asleep: ReadonlyMap<number, Access>, accesses: Accesses, untilUs: number) {
    this.script = script
    this.asleep = asleep
    this.accesses = accesses
    this.untilUs = untilUs
  }

  begin(): void {}

  dueUs({ cause, earliestUs, issuedUs }: Operation): number {
    const spanUs = earliestUs - issuedUs
    return this.clock[cause]! + (spanUs < INSTANT_US ? 0 : spanUs)
  }

  next(eligible: readonly Operation[]): Operation {
    if (this.ends(eligible[0]!)) return earliest(eligible, new Set())
    this.offers = eligible.map((operation) => this.offer(operation))
    const { script, steps } = this
    const scripted = script[steps.length]
    if (scripted !== undefined) {
      const found = this.offers.find(({ id }) => id === scripted)
      if (found === undefined) throw new Unrepeatable('a step that was possible in an equal schedule no longer was')
      return found.operation
    }
    const awake = this.offers.find(({ id }) => !this.asleep.has(id))
    if (awake === undefined) throw new Redundant()
    return awake.operation
  }

  fired(operation: Operation): void {
    const atUs = Math.max(this.clock.at(-1)!, this.dueUs(operation))
    const isOver = this.ends(operation)
    this.clock.push(atUs)
    if (isOver) return
    const offers = this.offers.length > 0 ? this.offers : [this.offer(operation)]
    this.offers = []
    const { id, access } = offers.find((one) => one.operation === operation) ?? this.offer(operation)
    const isFree = this.steps.length >= this.script.length
    if (isFree && this.asleep.has(id)) throw new Redundant()
    const removed = offers.filter((one) => one.operation.state === 'removed')
    const pool = isEffect(operation) ? serverOf(operation.life!.name) : undefined
    const { cause } = operation
    const enabled = offers.map(({ id, access }) => ({ id, access }))
    this.steps.push({ id, access, atUs, cause, enabled, removed, asleep: this.asleep, pool })
    if (isFree) this.asleep = stillAsleep(this.asleep, access)
  }

  private ends(operation: Operation): boolean {
    this.isOver ||= this.dueUs(operation) > this.untilUs
    return this.isOver
  }

  private offer(operation: Operation): Offer {
    return { id: pathIdentity(operation as Pick<Chain, 'h1' | 'h2'>), access: this.accesses.of(operation), operation }
  }
}

/** What is asleep stays so until something happens on which its turn depends. */
export function stillAsleep(asleep: ReadonlyMap<number, Access>, fired: Access): ReadonlyMap<number, Access> {
  if (asleep.size === 0) return asleep
  return new Map([...asleep].filter(([, access]) => !dependent(access, fired)))
}
