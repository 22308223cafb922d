/** What a hunt is measured with: the default portfolio, each strategy alone, and what others would use. */
import { begun, type Drawn, generator, type Run, type Subject, simulateNow, strategies } from '../src/explore/index.ts'
import type { Scenario, Strategy } from '../src/sim/index.ts'
import { fastCheckWalk, plainLatencies } from './walks.ts'

export interface Arm {
  readonly name: string
  play<C>(subject: Subject<C>, drawn: Drawn<C>): Run<C>
}

function playWith<C>(subject: Subject<C>, scenario: Scenario<C>, seed: number, strategy: Strategy): Run<C> {
  return simulateNow(subject, scenario, { strategy, choices: { kind: 'seed', seed } })
}

function own(name: string | undefined): Arm {
  return {
    name: name ?? 'default',
    play: (subject, { scenario, seed, strategy }) =>
      playWith(subject, scenario, seed, begun(name ?? strategy, subject, scenario, seed)),
  }
}

/** On the same scenarios; `bare` without the faults and the stretched windows of the simulated machine, which they have not. */
function foreign(name: string, make: () => Strategy, bare = false): Arm {
  return {
    name,
    play: (subject, { scenario, seed }) => {
      const { profile } = scenario
      const played = bare ? { ...scenario, profile: { ...profile, faults: {}, stretch: 1 } } : scenario
      const strategy = make()
      strategy.begin(begunLike(seed, profile.horizon))
      return playWith(subject, played, seed, strategy)
    },
  }
}

function begunLike(seed: number, expectedSteps: number): Parameters<Strategy['begin']>[0] {
  return { random: generator(`${seed}/foreign`), expectedSteps, profile: [] }
}

export const arms: readonly Arm[] = [
  own(undefined),
  ...Object.keys(strategies).map(own),
  foreign('fc', fastCheckWalk),
  foreign('fc bare', fastCheckWalk, true),
  foreign('plain', plainLatencies),
]
