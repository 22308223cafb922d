/**
 * The fault sweep: in one scenario each fault of the family strikes at each point at which it could, once, while everything
 * else is calm; then two of them together. Chance seldom hits one certain statement of one certain operation; here every one
 * has its turn (Pillai et al., OSDI 2014, find crash vulnerabilities of file systems the same way).
 */
import {
  choiceKey,
  type Fault,
  type FaultName,
  faults,
  Operation,
  type Profile,
  type Scenario,
} from '../../sim/index.ts'
import { simulateNow } from '../simulate.ts'
import type { Subject } from '../subject.ts'
import { type Bounds, type Departed, type Deviations, deviate, type Overrides, type Point } from './deviations.ts'
import type { Sweep } from './sweep.ts'

/** A fault must be named in the profile to have points at all; it strikes where the record says so and nowhere else. */
const NEVER = 1e-9

/** `scenario` as `settle` returns it. */
export function faultSweep<C>(subject: Subject<C>, scenario: Scenario<C>, bounds: Bounds): Sweep<Deviations> {
  const { faults: names } = subject.families[scenario.family]!
  return deviate(subject, playFaults(subject, withFaults(scenario, names)), bounds)
}

function withFaults<C>(scenario: Scenario<C>, names: readonly FaultName[]): Scenario<C> {
  const enabled: Profile['faults'] = Object.fromEntries(names.map((name) => [name, NEVER]))
  return { ...scenario, profile: { ...scenario.profile, faults: enabled } }
}

function playFaults<C>(subject: Subject<C>, scenario: Scenario<C>): (overrides: Overrides) => Departed<C> {
  const known = new Map<number, Point>()
  return (overrides) => {
    const points = new Set<Point>()
    const run = simulateNow(subject, scenario, {
      choices: { kind: 'record', overrides },
      onFaultPoint: (owner, purpose) => {
        const key = choiceKey(owner, purpose)
        let point = known.get(key)
        if (point === undefined) {
          const kind = purpose.text.split('@')[0]!
          const operation = owner instanceof Operation ? owner.name : owner.path
          point = { key, name: `${owner.path}/${purpose.text}`, kind, operation, values: valuesOf(kind as FaultName) }
          known.set(key, point)
        }
        points.add(point)
      },
    })
    return { run, points: [...points] }
  }
}

/** Of a fault that displaces: the least, the geometric middle, the most. The wall clock goes back by even values. */
function valuesOf(name: FaultName): readonly number[] {
  const { ms }: Fault = faults[name]
  const [low, high] = ms
  if (high === 0) return [1]
  const values = [low, Math.round(Math.sqrt(low * high)), high]
  return name === 'wallStep' ? [...values, high - 1] : values
}
