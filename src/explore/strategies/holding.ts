/** A strategy under constraints: what must wait is not offered to it, unless nothing else can happen. */
import type { PickingStrategy } from '../../sim/index.ts'
import type { Holds } from '../constraint.ts'

export function holding(base: PickingStrategy, holds: Holds): PickingStrategy {
  const { atUs, windows } = base
  return {
    kind: 'picking',
    name: base.name,
    ...(windows === undefined ? {} : { windows }),
    ...(atUs === undefined ? {} : { atUs }),
    begin(run) {
      holds.begin()
      base.begin(run)
    },
    next(eligible) {
      const free = eligible.filter((operation) => holds.allows(operation))
      if (free.length === 1) return free[0]!
      return base.next(free.length === 0 ? eligible : free)
    },
    fired(operation) {
      holds.fired(operation)
      base.fired?.(operation)
    },
  }
}
