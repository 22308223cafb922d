/**
 * The partial order of a schedule: a step comes after the step that caused it, after those before it that share something with it,
 * and after all of an earlier time. Two schedules with the same steps in the same partial order are equivalent (Mazurkiewicz,
 * 1977), and one of them is enough.
 */
import { identity, mixHigh, mixLow } from '../../sim/index.ts'
import { dependent } from './access.ts'
import type { Candidate, Walked } from './walk.ts'

/** A step that shares something with a later one and could as well have come behind it. */
export interface Race {
  /** Index of the earlier step. */
  readonly at: number
  /** What can come first at its place on the way to the other order. */
  readonly initials: readonly Candidate[]
}

export class PartialOrder {
  private readonly steps: Walked[] = []
  /** Of each step, the steps of the same time that it comes after. */
  private readonly before: Set<number>[] = []

  get length(): number {
    return this.steps.length
  }

  cut(length: number): void {
    this.steps.length = length
    this.before.length = length
  }

  /** Takes the next step in; returns the races that it ends. */
  add(step: Walked): Race[] {
    const at = this.steps.length
    const before = new Set<number>()
    const rivals: number[] = []
    for (let other = at - 1; other >= 0; other--) {
      const earlier = this.steps[other]!
      if (earlier.atUs !== step.atUs) break
      if (before.has(other)) continue
      // Steps are counted from 1 by those that they cause.
      const isCause = step.cause === other + 1
      if (!isCause && !dependent(earlier.access, step.access)) continue
      if (!isCause) rivals.push(other)
      before.add(other)
      for (const one of this.before[other]!) before.add(one)
    }
    this.steps.push(step)
    this.before.push(before)
    const races = rivals.map((rival) => ({ at: rival, initials: this.initialsAfter(rival, at) }))
    return step.removed.length === 0 ? races : [...races, ...step.removed.map((one) => ({ at, initials: [one] }))]
  }

  /**
   * The steps from `rival` to `at` that do not come after `rival`, and `at` itself, could happen in its place: of these, those that
   * come after none of the others.
   */
  private initialsAfter(rival: number, at: number): Candidate[] {
    const moved: number[] = []
    const initials: Candidate[] = []
    for (let other = rival + 1; other <= at; other++) {
      const before = this.before[other]!
      if (other !== at && before.has(rival)) continue
      if (!moved.some((one) => before.has(one))) initials.push(this.steps[other]!)
      moved.push(other)
    }
    return initials
  }

  /** The same for all schedules with this partial order, and different for all others. */
  get form(): number {
    let h1 = 0
    let h2 = 0
    for (const [at, { id, atUs }] of this.steps.entries()) {
      let low = 0
      let high = 0
      for (const other of this.before[at]!) {
        low = (low + lowOf(this.steps[other]!.id)) | 0
        high = (high + highOf(this.steps[other]!.id)) | 0
      }
      h1 = (h1 + mixLow(mixLow(lowOf(id), low), atUs)) | 0
      h2 = (h2 + mixHigh(mixHigh(highOf(id), high), atUs)) | 0
    }
    return identity(h1, h2)
  }

  /** The servers of whose pools, in this schedule or an equivalent one, all threads may have been at work: further work queues. */
  crowded(poolSize: number): Set<string> {
    const found = new Set<string>()
    for (const [at, { access, pool }] of this.steps.entries()) {
      const { memory } = access
      if (memory === undefined || pool !== undefined) continue
      let waiting = 0
      for (const [other, { pool: of, cause, atUs }] of this.steps.entries())
        if (of === memory && cause <= at + 1 && atUs === this.steps[at]!.atUs && !this.before[at]!.has(other)) waiting++
      if (waiting >= poolSize) found.add(memory)
    }
    return found
  }
}

function lowOf(id: number): number {
  return mixLow(id | 0, Math.floor(id / 0x100000000))
}

function highOf(id: number): number {
  return mixHigh(id | 0, Math.floor(id / 0x100000000))
}
