/**
 * Delay bounding (Emmi, Qadeer, Rakamarić: "Delay-Bounded Scheduling", POPL 2011), at random: everything happens in the order of
 * its typical time, but for one to three operations that are put off. The number of such schedules does not grow with the
 * number of tasks. Deviation: who is delayed waits as long as its window allows and anything else can happen, not only for
 * the next task in turn. The systematic form is the delay sweep.
 */
import type { Operation, PickingStrategy, RunInfo } from '../../sim/index.ts'

const DELAYS_MAX = 3

export function delayBounded(): PickingStrategy {
  let random: RunInfo['random'] = () => 0
  let points = new Set<number>()
  let decisions = 0
  const delayed = new Set<Operation>()
  return {
    kind: 'picking',
    name: 'delays',
    begin(run) {
      random = run.random
      decisions = 0
      delayed.clear()
      const count = 1 + Math.floor(random() * DELAYS_MAX)
      points = new Set(Array.from({ length: count }, () => Math.floor(random() * run.expectedSteps)))
    },
    next(eligible) {
      const first = earliest(eligible, delayed)
      if (!points.has(decisions++)) return first
      delayed.add(first)
      return earliest(eligible, delayed)
    },
    atUs: ({ typicalUs }) => typicalUs,
  }
}

/** The one whose typical time is the earliest; what is put off comes last. */
export function earliest(eligible: readonly Operation[], delayed: ReadonlySet<Operation>): Operation {
  let best = eligible[0]!
  for (const operation of eligible) {
    const later = Number(delayed.has(operation)) - Number(delayed.has(best))
    if (later < 0 || (later === 0 && operation.typicalUs < best.typicalUs)) best = operation
  }
  return best
}
