/**
 * Makes a failure small: commands, faults, machine, choices, values, again and again until nothing more goes. What counts as
 * the same failure: see Smallest.
 */
import {
  type ChoiceRecord,
  type Command,
  calmProfile,
  type FaultName,
  type Profile,
  type Scenario,
} from '../sim/index.ts'
import { dropChoices, lessenChoices, trySimpleSchedules } from './choiceShrinking.ts'
import { reduce } from './deltaDebugging.ts'
import type { Run } from './run.ts'
import { Smallest } from './smallest.ts'
import type { Subject } from './subject.ts'

const VALUES_TRIED_MAX = 20

export interface Shrunk<C> {
  readonly scenario: Scenario<C>
  readonly choices: ChoiceRecord
  /** Runs that it took. */
  readonly runs: number
  readonly run: Run<C>
}

export function shrink<C>(
  subject: Subject<C>,
  scenario: Scenario<C>,
  choices: ChoiceRecord,
  invariant: string,
  stop: () => boolean = () => false,
): Shrunk<C> {
  const smallest = new Smallest(subject, scenario, choices, invariant, stop)
  if (!smallest.isExhausted) settleArrivals(smallest)
  for (let size = Number.POSITIVE_INFINITY; smallest.size < size && !smallest.isExhausted; ) {
    size = smallest.size
    dropCommands(smallest)
    dropFaults(smallest)
    calmMachine(smallest)
    dropChoices(smallest)
    trySimpleSchedules(smallest)
    lessenChoices(smallest)
    simplifyCommands(smallest)
  }
  const run = smallest.replay()
  return { scenario: smallest.scenario, choices: smallest.choices, runs: smallest.runs, run }
}

function arrivalKey({ id }: Command<unknown>): string {
  return `${id}/arrival/delay`
}

/** Commands arrive at the times that were chosen for them: those are the scenario's now. */
function settleArrivals<C>(smallest: Smallest<C>): void {
  const { scenario, choices } = smallest
  const commands = scenario.commands.map((command) => {
    const us = choices.get(arrivalKey(command)) ?? 0
    return { ...command, at: { ms: ('ms' in command.at ? command.at.ms : 0) + us / 1000 } }
  })
  const arrivals = new Set(commands.map(arrivalKey))
  smallest.accepts({ ...scenario, commands }, new Map([...choices].filter(([key]) => !arrivals.has(key))))
}

function dropCommands<C>(smallest: Smallest<C>): void {
  reduce(
    () => smallest.scenario.commands,
    (commands) => smallest.accepts({ ...smallest.scenario, commands }, smallest.choices, 'fresh'),
    () => smallest.isExhausted,
  )
}

function dropFaults<C>(smallest: Smallest<C>): void {
  for (const name of Object.keys(smallest.scenario.profile.faults) as FaultName[]) {
    if (smallest.isExhausted) return
    const { [name]: _, ...faults } = smallest.scenario.profile.faults
    smallest.accepts(withProfile(smallest.scenario, { faults }), smallest.choices, 'fresh')
  }
}

/** A replay goes by recorded delays and not by windows: it cannot tell how much they must be stretched. */
const unshrunk: ReadonlySet<keyof Profile> = new Set(['faults', 'horizon', 'stretch'])

function calmMachine<C>(smallest: Smallest<C>): void {
  for (const name of Object.keys(calmProfile) as (keyof Profile)[]) {
    if (smallest.isExhausted) return
    if (unshrunk.has(name) || smallest.scenario.profile[name] === calmProfile[name]) continue
    smallest.accepts(withProfile(smallest.scenario, { [name]: calmProfile[name] }), smallest.choices)
  }
}

function withProfile<C>(scenario: Scenario<C>, changes: Partial<Profile>): Scenario<C> {
  return { ...scenario, profile: { ...scenario.profile, ...changes } }
}

/** Values of commands by the family's own arbitrary; arrivals at whole milliseconds where that will do. */
function simplifyCommands<C>(smallest: Smallest<C>): void {
  for (let at = 0; at < smallest.scenario.commands.length; at++) {
    roundArrival(smallest, at)
    while (!smallest.isExhausted && simplifyValue(smallest, at));
  }
}

/** Takes the first value that is simpler and will do. */
function simplifyValue<C>(smallest: Smallest<C>, at: number): boolean {
  const { subject, scenario } = smallest
  const { command: arbitrary } = subject.families[scenario.family]!
  const { id, ...value } = scenario.commands[at]!
  if (!arbitrary.canShrinkWithoutContext(value)) return false
  let tries = 0
  for (const { value_: simpler } of arbitrary.shrink(value as Omit<Command<C>, 'id'>, undefined)) {
    if (smallest.isExhausted || tries++ > VALUES_TRIED_MAX) return false
    if (acceptsCommand(smallest, at, { id, ...simpler })) return true
  }
  return false
}

function roundArrival<C>(smallest: Smallest<C>, at: number): void {
  const command = smallest.scenario.commands[at]!
  if (!('ms' in command.at) || Number.isInteger(command.at.ms)) return
  for (const ms of [Math.round(command.at.ms), Math.floor(command.at.ms), Math.ceil(command.at.ms)])
    if (acceptsCommand(smallest, at, { ...command, at: { ms } })) return
}

function acceptsCommand<C>(smallest: Smallest<C>, at: number, command: Command<C>): boolean {
  const { scenario, choices } = smallest
  return smallest.accepts({ ...scenario, commands: scenario.commands.with(at, command) }, choices)
}
