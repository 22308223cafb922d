/** No chance at all: everything in the order and at the time that is typical for it. What constraints are tried on. */
import type { PickingStrategy } from '../../sim/index.ts'
import { earliest } from './delayBounded.ts'

const nothing: ReadonlySet<never> = new Set<never>()

export function calmOrder(): PickingStrategy {
  return {
    kind: 'picking',
    name: 'calm',
    begin: () => undefined,
    next: (eligible) => earliest(eligible, nothing),
    atUs: ({ typicalUs }) => typicalUs,
  }
}
