/**
 * Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury: "Selectively Uniform Concurrency Testing", ASPLOS
 * 2025): one thing is singled out, and of the orders in which tasks come to it each is about equally likely. A task that
 * has many such steps before it is chosen more often than one that has few. Counts come from a profile of the same scenario,
 * keyed by causal path. Deviations: the thing is drawn among those that several tasks touch; the intended task is drawn among those
 * that can move now, since with windows a sleeping one may be hours away; where it cannot move and all others are blocked, the
 * intention is given up.
 */
import {
  type Chain,
  type Operation,
  type PickingStrategy,
  pathIdentity,
  type RunInfo,
  sameThing,
} from '../../sim/index.ts'
import { drawPace } from './pace.ts'

export function surw(): PickingStrategy {
  let random: RunInfo['random'] = () => 0
  let pace: PickingStrategy['atUs']
  let thing = ''
  /** Of a chain and all that it forks: the interesting steps that are still to come. */
  let expected = new Map<number, number>()
  let left = new Map<Chain, number>()
  let intended: Chain | undefined
  const blocked = new Set<Operation>()

  const isInteresting = ({ footprint }: Operation) => footprint.some((one) => sameThing(one, thing))
  const leftOf = (chain: Chain): number => {
    let steps = left.get(chain)
    if (steps !== undefined) return steps
    steps = expected.get(pathIdentity(chain)) ?? 0
    left.set(chain, steps)
    if (chain.parent !== undefined) left.set(chain.parent, Math.max(0, leftOf(chain.parent) - steps))
    return steps
  }
  const anyOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  const intend = (eligible: readonly Operation[]): Chain => {
    const weights = eligible.map((operation) => Math.max(leftOf(operation.chain), isInteresting(operation) ? 1 : 0))
    let at = random() * weights.reduce((sum, weight) => sum + weight, 0)
    for (const [nth, weight] of weights.entries()) {
      at -= weight
      if (at < 0) return eligible[nth]!.chain
    }
    return anyOf(eligible).chain
  }

  return {
    kind: 'picking',
    name: 'surw',
    wantsProfile: true,
    begin(run) {
      random = run.random
      pace = drawPace(random)
      left = new Map()
      intended = undefined
      blocked.clear()
      const things = contended(run.profile)
      thing = things.length === 0 ? '' : anyOf(things)
      expected = countBelow(run.profile.filter(isInteresting))
    },
    next(eligible) {
      for (;;) {
        const free = eligible.filter((operation) => !blocked.has(operation))
        if (free.length === 0) {
          blocked.clear()
          intended = undefined
          return anyOf(eligible)
        }
        const candidate = anyOf(free)
        if (!isInteresting(candidate)) return candidate
        intended ??= intend(eligible)
        if (candidate.chain === intended) return candidate
        blocked.add(candidate)
      }
    },
    atUs: (chosen, lowUs, highUs) => pace!(chosen, lowUs, highUs),
    fired(operation) {
      if (!isInteresting(operation)) return
      left.set(operation.chain, Math.max(0, leftOf(operation.chain) - 1))
      if (operation.chain !== intended) return
      intended = undefined
      blocked.clear()
    },
  }
}

/** Things that chains of different roots touch, in the order in which they were first touched. */
function contended(profile: readonly Operation[]): string[] {
  const roots = new Map<string, Set<Chain>>()
  for (const { footprint, chain } of profile)
    for (const thing of footprint) {
      const known = roots.get(thing)
      if (known === undefined) roots.set(thing, new Set([chain.root]))
      else known.add(chain.root)
    }
  return [...roots].filter(([, { size }]) => size > 1).map(([thing]) => thing)
}

function countBelow(operations: readonly Operation[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const operation of operations)
    for (let chain: Chain | undefined = operation.chain; chain !== undefined; chain = chain.parent)
      counts.set(pathIdentity(chain), (counts.get(pathIdentity(chain)) ?? 0) + 1)
  return counts
}
