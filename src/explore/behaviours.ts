/**
 * What a run did, as a set of hashes: which three operations came one after the other at the same thing, and which of them were
 * of another task than the one before (`job`: claim, then cancel by another, then stamp). Lines of code tell schedules apart
 * badly: another order runs the same lines (spec, exploration A1, timelines).
 */
import { hashText, kindOf, type Operation } from '../sim/index.ts'

interface Line {
  latest: Operation
  /** What came before it, and whether it was of the same task, as a hash. */
  before: number
}

export class Behaviours {
  readonly seen = new Set<number>()
  private readonly lines = new Map<string, Line>()

  fired(operation: Operation): void {
    const { footprint, label, chain } = operation
    for (const thing of footprint) {
      const line = this.lines.get(thing)
      if (line === undefined) {
        this.lines.set(thing, { latest: operation, before: 0 })
        continue
      }
      const { latest } = line
      const isOthers = latest.chain.root === chain.root ? 0 : 1
      const pair = (Math.imul(latest.label.hash, 0x9e3779b1) ^ Math.imul(label.hash, 0x85ebca77)) + isOthers
      if (isOthers === 1 || line.before !== 0)
        this.seen.add((Math.imul(line.before, 31) ^ pair ^ hashText(kindOf(thing))) >>> 0)
      line.latest = operation
      line.before = isOthers === 1 ? pair : 0
    }
  }
}
