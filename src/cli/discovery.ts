/** How much of what runs do is new: counted along the campaign, it says whether playing on is worth while. */
import type { DiscoveryPoint } from '../report/index.ts'

/** Behaviours beyond so many are no longer kept, and the curve ends: at about 50 bytes each, the most that a campaign costs. */
export const BEHAVIOURS_MAX = 1_000_000
/** Stretches of the curve; when there are more, each two become one. */
const STRETCHES_MAX = 32
const STRETCH = 25

/** Which behaviours are new, among those that were shown to it so far. */
export class Novelty {
  private readonly seen = new Set<number>()
  private readonly max: number

  constructor(max = BEHAVIOURS_MAX) {
    this.max = max
  }

  get isFull(): boolean {
    return this.seen.size >= this.max
  }

  fresh(behaviours: Iterable<number>): number[] {
    const fresh: number[] = []
    for (const behaviour of behaviours) {
      if (this.isFull) break
      if (this.seen.has(behaviour)) continue
      this.seen.add(behaviour)
      fresh.push(behaviour)
    }
    return fresh
  }
}

export class Discovery {
  private readonly novelty: Novelty
  private readonly stretches: { scenarios: number; newBehaviours: number }[] = []
  private stretch = STRETCH

  constructor(max = BEHAVIOURS_MAX) {
    this.novelty = new Novelty(max)
  }

  /** Was there more than can be kept? What came after that is not in the curve. */
  get isCapped(): boolean {
    return this.novelty.isFull
  }

  get curve(): readonly DiscoveryPoint[] {
    return this.stretches.map((stretch) => ({ ...stretch }))
  }

  /** One scenario, in the order of the campaign. */
  fold(behaviours: Iterable<number>): void {
    if (this.isCapped) return
    let last = this.stretches.at(-1)
    if (last === undefined || last.scenarios === this.stretch) {
      if (this.stretches.length === STRETCHES_MAX) this.halve()
      last = { scenarios: 0, newBehaviours: 0 }
      this.stretches.push(last)
    }
    last.scenarios++
    last.newBehaviours += this.novelty.fresh(behaviours).length
  }

  private halve(): void {
    const pairs = this.stretches.splice(0)
    for (let at = 0; at < pairs.length; at += 2) {
      const [one, two] = [pairs[at]!, pairs[at + 1]!]
      this.stretches.push({
        scenarios: one.scenarios + two.scenarios,
        newBehaviours: one.newBehaviours + two.newBehaviours,
      })
    }
    this.stretch *= 2
  }
}
