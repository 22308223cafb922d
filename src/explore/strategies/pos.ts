/**
 * Partial order sampling (Yuan, Yang, Gu: "Partial Order Aware Concurrency Sampling", CAV 2018): every pending operation has a
 * random priority, the highest eligible one fires, and whatever conflicts with it draws anew. Every partial order of the
 * conflicting operations has an exponentially better chance than under a random walk. Deviation: operations whose footprint
 * is unknown conflict with nothing, since here those are replies and timers.
 */
import { conflicts, type Operation, type PickingStrategy, type RunInfo } from '../../sim/index.ts'
import { drawPace } from './pace.ts'

export function pos(): PickingStrategy {
  let random: RunInfo['random'] = () => 0
  let pace: PickingStrategy['atUs']
  const priorities = new Map<Operation, number>()
  const priorityOf = (operation: Operation): number => {
    let priority = priorities.get(operation)
    if (priority === undefined) {
      priority = random()
      priorities.set(operation, priority)
    }
    return priority
  }
  return {
    kind: 'picking',
    name: 'pos',
    begin(run) {
      random = run.random
      pace = drawPace(random)
      priorities.clear()
    },
    next(eligible) {
      let best = eligible[0]!
      for (const operation of eligible) if (priorityOf(operation) > priorityOf(best)) best = operation
      return best
    },
    atUs: (chosen, lowUs, highUs) => pace!(chosen, lowUs, highUs),
    fired(operation) {
      priorities.delete(operation)
      if (operation.footprint.length === 0) return
      for (const other of priorities.keys())
        if (other.state !== 'pending' || conflicts(other.footprint, operation.footprint)) priorities.delete(other)
    },
  }
}
