/** Uniform over what is eligible: no guarantee worth naming, and the yardstick for everything else. */
import type { Operation, PickingStrategy, RunInfo } from '../../sim/index.ts'
import { drawPace } from './pace.ts'

export function randomWalk(): PickingStrategy {
  let random: RunInfo['random'] = () => 0
  let pace: PickingStrategy['atUs']
  return {
    kind: 'picking',
    name: 'random',
    begin(run) {
      random = run.random
      pace = drawPace(random)
    },
    next: (eligible: readonly Operation[]) => eligible[Math.floor(random() * eligible.length)]!,
    atUs: (chosen, lowUs, highUs) => pace!(chosen, lowUs, highUs),
  }
}
