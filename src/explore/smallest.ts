/**
 * The smallest failure so far. A candidate takes its place if it breaks the same invariant under its own choices or, where
 * that is asked for, under one of a few fresh schedules, since a change of the commands may move what must meet.
 */
import type { ChoiceRecord, Scenario } from '../sim/index.ts'
import { begun } from './begin.ts'
import { hasBroken, type Run } from './run.ts'
import { type How, simulateNow } from './simulate.ts'
import { portfolio } from './strategies/index.ts'
import type { Subject } from './subject.ts'
import { overridesOf, recordSource, withoutDelays } from './token.ts'

const RUNS_MAX = 3_000
const FRESH_SCHEDULES = 6

export class Smallest<C> {
  readonly subject: Subject<C>
  scenario: Scenario<C>
  choices: ChoiceRecord
  /** Simulations so far. */
  runs = 0
  private readonly invariant: string
  private readonly stop: () => boolean

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

  get size(): number {
    const { commands, profile } = this.scenario
    return commands.length * 1000 + Object.keys(profile.faults).length * 100 + this.choices.size
  }

  get isExhausted(): boolean {
    return this.runs >= RUNS_MAX || this.stop()
  }

  /** One simulation of this or another scenario. */
  play(scenario: Scenario<C>, how: How): Run<C> {
    this.runs++
    return simulateNow(this.subject, scenario, how)
  }

  replay(scenario: Scenario<C> = this.scenario, choices: ChoiceRecord = this.choices): Run<C> {
    return this.play(scenario, { choices: recordSource(choices) })
  }

  /** Takes the candidate over if it still fails; its record is then what its run chose. */
  accepts(scenario: Scenario<C>, choices: ChoiceRecord, fresh?: 'fresh'): boolean {
    const run = this.replay(scenario, choices)
    if (hasBroken(run, this.invariant)) return this.take(scenario, run)
    if (fresh === undefined) return false
    const overrides = overridesOf(withoutDelays(choices))
    for (let seed = 0; seed < FRESH_SCHEDULES && !this.isExhausted; seed++) {
      const strategy = begun(portfolio[seed % portfolio.length]!, this.subject, scenario, seed)
      const other = this.play(scenario, { strategy, choices: { kind: 'seed', seed, overrides } })
      if (this.takes(scenario, other)) return true
    }
    return false
  }

  /** Takes a run over if it fails, in a replay too. */
  takes(scenario: Scenario<C>, run: Run<C>): boolean {
    if (!hasBroken(run, this.invariant)) return false
    const replayed = this.replay(scenario, run.choices())
    return hasBroken(replayed, this.invariant) && this.take(scenario, replayed)
  }

  private take(scenario: Scenario<C>, run: Run<C>): true {
    this.scenario = scenario
    this.choices = run.choices()
    return true
  }
}
