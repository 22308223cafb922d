/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs", ASPLOS 2010): chains have random priorities, the highest eligible one moves,
 * and at d - 1 random steps the leader falls to the bottom. A bug of depth d among n chains and k steps is found with
 * probability at least 1/(n k^(d-1)). Deviations: d is drawn per run from 1 to 6, since nobody knows it beforehand; k is what
 * runs of the family usually have; the bound speaks of the orders that windows leave open.
 */
import type { Chain, Operation, PickingStrategy, RunInfo } from '../../sim/index.ts'
import { drawPace } from './pace.ts'

const DEPTH_MAX = 6

export function pct(): PickingStrategy {
  let random: RunInfo['random'] = () => 0
  let pace: PickingStrategy['atUs']
  let priorities = new Map<Chain, number>()
  let changePoints = new Set<number>()
  let decisions = 0
  let lowest = 0
  const priorityOf = (chain: Chain): number => {
    let priority = priorities.get(chain)
    if (priority === undefined) {
      priority = random()
      priorities.set(chain, priority)
    }
    return priority
  }
  const highest = (eligible: readonly Operation[]): Operation => {
    let leader = eligible[0]!
    let priority = priorityOf(leader.chain)
    for (const operation of eligible) {
      const own = priorityOf(operation.chain)
      if (own > priority) {
        leader = operation
        priority = own
      }
    }
    return leader
  }
  return {
    kind: 'picking',
    name: 'pct',
    begin(run) {
      random = run.random
      pace = drawPace(random)
      priorities = new Map()
      decisions = 0
      lowest = 0
      const depth = 1 + Math.floor(random() * DEPTH_MAX)
      changePoints = new Set(Array.from({ length: depth - 1 }, () => Math.floor(random() * run.expectedSteps)))
    },
    next(eligible) {
      if (changePoints.has(decisions++)) priorities.set(highest(eligible).chain, --lowest)
      return highest(eligible)
    },
    atUs: (chosen, lowUs, highUs) => pace!(chosen, lowUs, highUs),
  }
}
