/**
 * Makes a failure small: commands, faults, machine, choices, values. A candidate counts if it breaks the same invariant
 * under its own choices or under one of a few fresh schedules, since a change of the commands may move what must meet.
 * Sets are reduced by delta debugging (Zeller and Hildebrandt, 2002).
 */
import {
  type ChoiceRecord,
  type Command,
  calmProfile,
  type FaultName,
  type Profile,
  type Scenario,
  type Source,
} from '../sim/index.ts'
import { begun } from './begin.ts'
import type { Run } from './run.ts'
import { simulateNow } from './simulate.ts'
import { portfolio } from './strategies/index.ts'
import type { Subject } from './subject.ts'
import { overridesOf, recordSource } from './token.ts'

const RUNS_MAX = 3_000
const FRESH_SCHEDULES = 6
const SIMPLE_SCHEDULES = 60
const FEW_CHOICES = 3
const FEW_TO_LESSEN = 8

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
  return new Shrinker(subject, scenario, choices, invariant, stop).shrink()
}

/** A replay goes by recorded delays and not by windows: it cannot tell how much they must be stretched. */
const unshrunk: ReadonlySet<keyof Profile> = new Set(['faults', 'horizon', 'stretch'])

function arrivalKey({ id }: Command<unknown>): string {
  return `${id}/arrival/delay`
}

/** To one digit, away from 0. */
function roundedUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value)))))
  return Math.sign(value) * Math.ceil(Math.abs(value) / unit) * unit
}

class Shrinker<C> {
  private readonly subject: Subject<C>
  private readonly invariant: string
  private readonly stop: () => boolean
  private scenario: Scenario<C>
  private choices: ChoiceRecord
  private runs = 0

  constructor(
    subject: Subject<C>,
    scenario: Scenario<C>,
    choices: ChoiceRecord,
    invariant: string,
    stop: () => boolean,
  ) {
    this.subject = subject
    this.scenario = scenario
    this.choices = choices
    this.invariant = invariant
    this.stop = stop
  }

  shrink(): Shrunk<C> {
    if (!this.exhausted) this.settleArrivals()
    for (let size = Number.POSITIVE_INFINITY; this.size < size && !this.exhausted; ) {
      size = this.size
      this.dropCommands()
      this.dropFaults()
      this.calmMachine()
      this.dropChoices()
      this.trySimpleSchedules()
      this.lessenChoices()
      this.simplifyCommands()
    }
    const run = this.replay(this.scenario, this.choices)
    return { scenario: this.scenario, choices: this.choices, runs: this.runs, run }
  }

  /** Commands arrive at the times that were chosen for them: those are the scenario's now. */
  private settleArrivals(): void {
    const commands = this.scenario.commands.map((command) => {
      const us = this.choices.get(arrivalKey(command)) ?? 0
      return { ...command, at: { ms: ('ms' in command.at ? command.at.ms : 0) + us / 1000 } }
    })
    const arrivals = new Set(commands.map(arrivalKey))
    const choices = new Map([...this.choices].filter(([key]) => !arrivals.has(key)))
    this.accepts({ ...this.scenario, commands }, choices, false)
  }

  private get size(): number {
    return (
      this.scenario.commands.length * 1000 + Object.keys(this.scenario.profile.faults).length * 100 + this.choices.size
    )
  }

  private get exhausted(): boolean {
    return this.runs >= RUNS_MAX || this.stop()
  }

  private replay(scenario: Scenario<C>, choices: ChoiceRecord): Run<C> {
    this.runs++
    return simulateNow(this.subject, scenario, { choices: recordSource(choices) })
  }

  private breaks(run: Run<C>): boolean {
    return run.failures.some(({ invariant }) => invariant === this.invariant)
  }

  /** Takes the candidate over if it still fails; its record is then what its run chose. */
  private accepts(scenario: Scenario<C>, choices: ChoiceRecord, fresh: boolean): boolean {
    const run = this.replay(scenario, choices)
    if (this.breaks(run)) return this.take(scenario, run)
    if (!fresh) return false
    const faults = new Map([...choices].filter(([key]) => !key.endsWith('/delay')))
    const overrides = overridesOf(faults)
    for (let seed = 0; seed < FRESH_SCHEDULES && !this.exhausted; seed++) {
      this.runs++
      const strategy = begun(portfolio[seed % portfolio.length]!, this.subject, scenario, seed)
      const other = simulateNow(this.subject, scenario, { strategy, choices: { kind: 'seed', seed, overrides } })
      if (!this.breaks(other)) continue
      const replayed = this.replay(scenario, other.choices())
      if (this.breaks(replayed)) return this.take(scenario, replayed)
    }
    return false
  }

  private take(scenario: Scenario<C>, run: Run<C>): boolean {
    this.scenario = scenario
    this.choices = run.choices()
    return true
  }

  private dropCommands(): void {
    this.reduce(
      () => this.scenario.commands,
      (commands) => this.accepts({ ...this.scenario, commands }, this.choices, true),
    )
  }

  private dropFaults(): void {
    for (const name of Object.keys(this.scenario.profile.faults) as FaultName[]) {
      if (this.exhausted) return
      const { [name]: _, ...faults } = this.scenario.profile.faults
      this.accepts(this.withProfile({ faults }), this.choices, true)
    }
  }

  private calmMachine(): void {
    for (const name of Object.keys(calmProfile) as (keyof Profile)[]) {
      if (this.exhausted) return
      if (unshrunk.has(name) || this.scenario.profile[name] === calmProfile[name]) continue
      this.accepts(this.withProfile({ [name]: calmProfile[name] }), this.choices, false)
    }
  }

  private dropChoices(): void {
    this.reduce(
      () => [...this.choices],
      (entries) => this.accepts(this.scenario, new Map(entries), false),
    )
  }

  /** Where many delays are left, another schedule with few may do as well. */
  private trySimpleSchedules(): void {
    const overrides = overridesOf(new Map([...this.choices].filter(([key]) => !key.endsWith('/delay'))))
    for (let seed = 0; seed < SIMPLE_SCHEDULES && this.choices.size > FEW_CHOICES && !this.exhausted; seed++) {
      this.runs++
      const choices: Source = { kind: 'record', overrides, delays: 'free' }
      const strategy = begun('delays', this.subject, this.scenario, seed)
      const run = simulateNow(this.subject, this.scenario, { strategy, choices })
      if (!this.breaks(run) || run.choices().size >= this.choices.size) continue
      const replayed = this.replay(this.scenario, run.choices())
      if (this.breaks(replayed) && this.take(this.scenario, replayed)) this.dropChoices()
    }
  }

  /** Values of commands by the family's own arbitrary; arrivals at whole milliseconds where that will do. */
  private simplifyCommands(): void {
    const { command: arbitrary } = this.subject.families[this.scenario.family]!
    for (let at = 0; at < this.scenario.commands.length; at++) {
      this.roundArrival(at)
      for (let improved = true; improved && !this.exhausted; ) {
        improved = false
        const { id, ...value } = this.scenario.commands[at]!
        if (!arbitrary.canShrinkWithoutContext(value)) break
        let tries = 0
        for (const { value_: simpler } of arbitrary.shrink(value as Omit<Command<C>, 'id'>, undefined)) {
          if (this.exhausted || tries++ > 20) break
          const commands = this.scenario.commands.with(at, { id, ...simpler })
          if (!this.accepts({ ...this.scenario, commands }, this.choices, false)) continue
          improved = true
          break
        }
      }
    }
  }

  /** How long a stall must be at least, about: whoever reads it asks whether that is plausible. */
  private lessenChoices(): void {
    if (this.choices.size > FEW_TO_LESSEN) return
    for (const [key, value] of this.choices) {
      let enough = value
      const tries = (other: number) =>
        this.choices.has(key) && this.accepts(this.scenario, new Map(this.choices).set(key, other), false)
      for (let low = 0; Math.abs(enough - low) > Math.abs(enough) / 8 && Math.abs(enough) > 1 && !this.exhausted; ) {
        const middle = Math.round((low + enough) / 2)
        if (middle === enough || middle === low) break
        if (tries(middle)) enough = middle
        else low = middle
      }
      const rounded = roundedUp(enough)
      if (Math.abs(rounded) <= Math.abs(value) && rounded !== enough) tries(rounded)
    }
  }

  private roundArrival(at: number): void {
    const command = this.scenario.commands[at]!
    if (!('ms' in command.at) || Number.isInteger(command.at.ms)) return
    for (const ms of [Math.round(command.at.ms), Math.floor(command.at.ms), Math.ceil(command.at.ms)]) {
      const commands = this.scenario.commands.with(at, { ...command, at: { ms } })
      if (this.accepts({ ...this.scenario, commands }, this.choices, false)) return
    }
  }

  private withProfile(changes: Partial<Profile>): Scenario<C> {
    return { ...this.scenario, profile: { ...this.scenario.profile, ...changes } }
  }

  /** ddmin: drop ever smaller chunks until no single item can go. */
  private reduce<T>(items: () => readonly T[], accepts: (items: T[]) => boolean): void {
    let chunk = items().length
    while (chunk >= 1 && !this.exhausted) {
      let dropped = false
      for (let from = 0; from < items().length && !this.exhausted; ) {
        const rest = items().toSpliced(from, chunk)
        const before = items().length
        if (rest.length < before && accepts(rest) && items().length < before) dropped = true
        else from += chunk
      }
      if (!dropped || chunk > 1) chunk = Math.floor(Math.min(chunk, items().length) / 2)
    }
  }
}
