/**
 * What a run did, as a set of hashes: who came directly after whom at the same thing (`job`: claim, then cancel). Lines of
 * code tell schedules apart badly: another order runs the same lines (spec, exploration A1, timelines).
 */
import { hashText, kindOf, type Operation } from '../sim/index.ts'

const kinds = new Map<string, number>()

function hashOfKind(thing: string): number {
  let hash = kinds.get(thing)
  if (hash === undefined) {
    hash = hashText(kindOf(thing))
    kinds.set(thing, hash)
  }
  return hash
}

export class Behaviours {
  readonly seen = new Set<number>()
  private readonly latest = new Map<string, Operation>()

  fired(operation: Operation): void {
    const { footprint, label, chain } = operation
    for (const thing of footprint) {
      const before = this.latest.get(thing)
      this.latest.set(thing, operation)
      if (before === undefined || before.chain.root === chain.root) continue
      const pair = Math.imul(before.label.hash, 0x9e3779b1) ^ Math.imul(label.hash + hashOfKind(thing), 0x85ebca77)
      this.seen.add(pair >>> 0)
    }
  }
}
