/**
 * Order constraints, after RFF (Wolff, Shi, Duck, Mathur, Roychoudhury: "Greybox Fuzzing for Concurrency Testing", ASPLOS 2024):
 * one to three pairs of conflicting operations are turned round against the order that a profile of the same scenario
 * shows, and the rest is left to partial order sampling. How long a run is hardly matters then. Deviation: nothing is
 * learned from one run for the next, since a run depends on nothing but its seed; with its feedback off RFF found as much.
 */
import type { Operation, PickingStrategy } from '../../sim/index.ts'
import { Holds } from '../constraint.ts'
import { holding } from './holding.ts'
import { pos } from './pos.ts'

const CONSTRAINTS_MAX = 3
/** Operations at the same thing that lie further apart seldom meet. */
const REACH = 6

export function orderConstraints(): PickingStrategy {
  let inner = holding(pos(), new Holds([], { commands: [] }))
  return {
    kind: 'picking',
    name: 'order',
    wantsProfile: true,
    begin(run) {
      const pairs = meetings(run.profile)
      const count = Math.min(pairs.length, 1 + Math.floor(run.random() * CONSTRAINTS_MAX))
      const drawn = Array.from({ length: count }, () => pairs[Math.floor(run.random() * pairs.length)]!)
      const constraints = drawn.map(([first, second]) => ({ before: second.name, after: first.name }))
      inner = holding(pos(), new Holds(constraints, { commands: [] }))
      inner.begin(run)
    },
    next: (eligible) => inner.next(eligible),
    atUs: (chosen, lowUs, highUs) => inner.atUs!(chosen, lowUs, highUs),
    fired: (operation) => inner.fired!(operation),
  }
}

/** Pairs of operations of different tasks that came close upon each other at the same thing, neither caused by the other. */
function meetings(steps: readonly Operation[]): (readonly [Operation, Operation])[] {
  const latest = new Map<string, Operation[]>()
  const pairs: (readonly [Operation, Operation])[] = []
  for (const operation of steps)
    for (const thing of operation.footprint) {
      const before = latest.get(thing) ?? []
      for (const other of before) if (!operation.chain.within(other.chain)) pairs.push([other, operation])
      latest.set(thing, [...before.slice(1 - REACH), operation])
    }
  return pairs
}
