/** A strategy that is ready for a run, with the profile of its scenario where it asks for one. */
import type { Operation, PickingStrategy, Scenario, Source, Strategy } from '../sim/index.ts'
import { generator } from './seeds.ts'
import { simulateNow } from './simulate.ts'
import { strategies } from './strategies/index.ts'
import type { Subject } from './subject.ts'

const walks = ['random', 'pos', 'delays'] as const

/** Every step of the scenario when each operation takes its typical time; what strikes is as in the run itself. */
function profileOf<C>(subject: Subject<C>, scenario: Scenario<C>, choices: Source): Operation[] {
  const steps: Operation[] = []
  simulateNow(subject, scenario, { choices, onStep: ({ operation }) => steps.push(operation) })
  return steps
}

/** By name, with a seed of its own. */
export function newStrategy(
  name: string,
  seed: number,
  expectedSteps: number,
  profile: readonly Operation[] = [],
): Strategy {
  const strategy = strategies[name]!()
  strategy.begin({ random: generator(`${seed}/${name}`), expectedSteps, profile })
  return strategy
}

/** What random runs under orders follow, the nth one of this kind: three strategies in turn. */
export function newWalk(nth: number, seed: number, expectedSteps: number): PickingStrategy {
  return newStrategy(walks[nth % walks.length]!, seed, expectedSteps) as PickingStrategy
}

/** As `newStrategy`, for a run of this scenario whose choices are drawn from the same seed or come from `choices`. */
export function begun<C>(
  name: string,
  subject: Subject<C>,
  scenario: Scenario<C>,
  seed: number,
  choices: Source = { kind: 'seed', seed },
): Strategy {
  const profile = strategies[name]!().wantsProfile ? profileOf(subject, scenario, choices) : []
  return newStrategy(name, seed, scenario.profile.horizon, profile)
}
