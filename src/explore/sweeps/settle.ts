/**
 * What every sweep starts from: a scenario in which each command arrives at a time of its own. An arrival by progress counts steps,
 * and steps are what a sweep changes, so it becomes the time at which it came in a run; likewise what a token recorded.
 */
import type { ChoiceRecord, Command, Scenario } from '../../sim/index.ts'
import { simulateNow } from '../simulate.ts'
import type { Subject } from '../subject.ts'
import { recordSource } from '../token.ts'

/** Without a record, the arrivals are those of a run in which nothing strikes and everything takes its typical time. */
export function settle<C>(subject: Subject<C>, scenario: Scenario<C>, recorded?: ChoiceRecord): Scenario<C> {
  if (recorded === undefined && scenario.commands.every(({ at }) => 'ms' in at)) return scenario
  const played = recorded === undefined ? { ...scenario, profile: { ...scenario.profile, faults: {} } } : scenario
  const choices = recorded === undefined ? ({ kind: 'seed', seed: 0 } as const) : recordSource(recorded)
  const arrivals = new Map<string, number>()
  simulateNow(subject, played, {
    choices,
    onStep: ({ operation: { chain, label }, atUs }) => {
      if (label.text === 'arrival') arrivals.set(chain.root.label.text, atUs)
    },
  })
  return { ...scenario, commands: scenario.commands.map((command) => atItsTime(command, arrivals)) }
}

function atItsTime<C>(command: Command<C>, arrivals: ReadonlyMap<string, number>): Command<C> {
  const us = arrivals.get(command.id)
  return us === undefined ? command : { ...command, at: { ms: us / 1000 } }
}

/** When chaos ends in a settled scenario that is played in the order of its times. */
export function chaosEndsUs({ commands, profile }: Scenario<unknown>): number {
  const arrivals = commands.map(({ at }) => ('ms' in at ? at.ms : 0))
  return Math.round((Math.max(0, ...arrivals) + profile.tailMs) * 1000)
}
