/**
 * The delay sweep: delay bounding as its authors mean it (Emmi, Qadeer, Rakamarić: "Delay-Bounded Scheduling", POPL 2011), every
 * schedule with one delay, then with two. The calm schedule is the deterministic one that they start from. Deviations: a
 * delay puts an operation off to the end of its window and not behind the next task; only operations are delayed that meet,
 * within that window, an operation of another task at the same thing, since no order that matters changes elsewhere.
 */
import { choiceKey, conflicts, delayPurpose, type Operation, type Scenario, type Step } from '../../sim/index.ts'
import { simulateNow } from '../simulate.ts'
import type { Subject } from '../subject.ts'
import { thingsOf } from './access.ts'
import { type Bounds, type Departed, type Deviations, deviate, type Overrides, type Point } from './deviations.ts'
import { chaosEndsUs } from './settle.ts'
import type { Sweep } from './sweep.ts'

/** `scenario` as `settle` returns it. */
export function delaySweep<C>(subject: Subject<C>, scenario: Scenario<C>, bounds: Bounds): Sweep<Deviations> {
  const calm = { ...scenario, profile: { ...scenario.profile, faults: {} } }
  return deviate(subject, (overrides) => playDelays(subject, calm, overrides), bounds)
}

type Fired = Pick<Step, 'operation' | 'atUs'>

function playDelays<C>(subject: Subject<C>, scenario: Scenario<C>, overrides: Overrides): Departed<C> {
  const steps: Fired[] = []
  const untilUs = chaosEndsUs(scenario)
  const run = simulateNow(subject, scenario, {
    choices: { kind: 'record', overrides },
    // Later the schedule is fair, but for what was put off until then.
    onStep: ({ operation, atUs }) => {
      if (atUs < untilUs || overrides.has(keyOfDelay(operation))) steps.push({ operation, atUs })
    },
  })
  const points = steps
    .filter((step, at) => overrides.has(keyOfDelay(step.operation)) || isMet(step, steps, at))
    // What is put off keeps the place that it has in the calm schedule.
    .toSorted((a, b) => a.operation.typicalUs - b.operation.typicalUs)
    .map(({ operation }) => pointOf(operation))
  return { run, points }
}

/** Is there an operation of another task that this one would come behind, at the same thing, if it were put off? */
function isMet({ operation, atUs }: Fired, steps: readonly Fired[], at: number): boolean {
  const { latestUs, typicalUs, chain } = operation
  const things = thingsOf(operation)
  if (latestUs <= typicalUs || things.length === 0 || atUs < typicalUs) return false
  for (let next = at + 1; next < steps.length && steps[next]!.atUs <= latestUs; next++) {
    const other = steps[next]!.operation
    if (!other.chain.within(chain) && conflicts(things, thingsOf(other))) return true
  }
  return false
}

function keyOfDelay(operation: Operation): number {
  return choiceKey(operation, delayPurpose)
}

function pointOf(operation: Operation): Point {
  const { path, name, latestUs, typicalUs } = operation
  const values = [latestUs - typicalUs]
  return { key: keyOfDelay(operation), name: `${path}/${delayPurpose.text}`, kind: 'delay', operation: name, values }
}
