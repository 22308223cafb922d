/**
 * Why a failure that was made small happens: the orders of steps without which it does not, and how often runs fail that
 * keep these orders and are random otherwise. A delay says when something was put off; an order says what had to
 * overtake it, survives other delays, and reads as the diagnosis (spec, exploration A4).
 */
import {
  type ChoiceRecord,
  conflicts,
  type Operation,
  type PickingStrategy,
  type Scenario,
  type Source,
} from '../sim/index.ts'
import { newWalk } from './begin.ts'
import { type Constraint, Holds } from './constraint.ts'
import { hasBroken, type Run } from './run.ts'
import { simulateNow } from './simulate.ts'
import { calmOrder } from './strategies/calmOrder.ts'
import { holding } from './strategies/holding.ts'
import type { Subject } from './subject.ts'
import { freeSchedule, recordSource } from './token.ts'

const CONFIRMATIONS = 40
/** Random runs per set of orders that is tried, and how many of them must fail. */
const TRIALS = 10
const FAILURES_MIN = 3
/** A share of failing runs that needs no further orders. */
const CERTAIN_ENOUGH = 0.6
/** Steps that lie further apart do not meet. */
const REACH = 16
/** Of the failures under all orders, the share that must be left under fewer. */
const AS_OFTEN = 0.85
/** More than a person takes in: then what was chosen is told instead, where that is less. */
const ORDERS_MAX = 5
/** Orders that make it fail hardly more often explain nothing. */
const GAIN_MIN = 0.15
const RUNS_MAX = 2_000

export interface Explanation {
  /** Undefined: no orders were found that make it fail more often. Empty: it fails when everything takes its typical time. */
  readonly orders: readonly Constraint[] | undefined
  /** Random runs with the same commands and faults that kept the orders, and how many of these failed alike. */
  readonly kept: number
  readonly failed: number
  /** Present where these make it fail too and are fewer. */
  readonly choices?: ChoiceRecord
  readonly runs: number
}

export function explain<C>(
  subject: Subject<C>,
  scenario: Scenario<C>,
  choices: ChoiceRecord,
  invariant: string,
  stop: () => boolean = () => false,
): Explanation {
  return new Explainer(subject, scenario, choices, invariant, stop).explain()
}

class Explainer<C> {
  private readonly subject: Subject<C>
  private readonly scenario: Scenario<C>
  private readonly choices: ChoiceRecord
  private readonly invariant: string
  private readonly stop: () => boolean
  private readonly source: Source
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
    this.source = freeSchedule(choices)
  }

  explain(): Explanation {
    const alone = this.trial([], CONFIRMATIONS)
    const calmFails = this.breaks(this.run(this.source, this.strategy(calmOrder(), [])))
    if (alone.kept > 0 && alone.failed >= alone.kept * CERTAIN_ENOUGH)
      return { orders: [], kept: alone.kept, failed: alone.failed, runs: this.runs }
    const orders = this.search()
    const ordered = orders === undefined ? undefined : this.trial(orders, CONFIRMATIONS)
    const isTold = orders !== undefined && (orders.length <= ORDERS_MAX || orders.length < this.choices.size)
    if (isTold && ordered !== undefined && shareOf(ordered) > shareOf(alone) + GAIN_MIN)
      return { orders, ...this.simpler(orders!), kept: ordered.kept, failed: ordered.failed, runs: this.runs }
    return { orders: calmFails ? [] : undefined, kept: alone.kept, failed: alone.failed, runs: this.runs }
  }

  /** A schedule in which nothing but these orders is unusual may need fewer choices than the one that was found. */
  private simpler(orders: readonly Constraint[]): { choices?: ChoiceRecord } {
    const choices = this.run(this.source, this.strategy(calmOrder(), orders)).choices()
    const isSimpler = choices.size < this.choices.size && this.breaks(this.run(recordSource(choices)))
    return isSimpler ? { choices } : {}
  }

  /** All orders of the failing run that could matter, fewer and fewer, as long as runs that keep them fail often enough. */
  private search(): Constraint[] | undefined {
    const candidates = this.candidates()
    const all = this.trial(candidates, TRIALS, true)
    if (all.all < FAILURES_MIN) return undefined
    const enough = Math.max(FAILURES_MIN, Math.floor(all.all * AS_OFTEN))
    return this.reduce(candidates, (orders) => this.trial(orders, TRIALS, true).all >= enough)
  }

  /** Delta debugging with one pass for each size of chunk: every order has been tried alone at the end. */
  private reduce(orders: readonly Constraint[], suffice: (orders: readonly Constraint[]) => boolean): Constraint[] {
    let left = [...orders]
    for (let chunk = left.length; chunk >= 1; chunk >>= 1)
      for (let from = 0; from < left.length && !this.exhausted; ) {
        const rest = left.toSpliced(from, chunk)
        if (suffice(rest)) left = rest
        else from += chunk
      }
    return left
  }

  private get exhausted(): boolean {
    return this.runs >= RUNS_MAX || this.stop()
  }

  /** Orders of the failing run, each of two steps that could matter to each other; what causes what is no order. */
  private candidates(): Constraint[] {
    const steps: Operation[] = []
    const failing = this.run(recordSource(this.choices), undefined, (step) => steps.push(step))
    const end = failing.failures.find(({ invariant }) => invariant === this.invariant)?.step ?? steps.length
    const orders = new Map<string, Constraint>()
    for (const [at, later] of steps.slice(0, end + 1).entries()) {
      const from = Math.max(0, at - REACH)
      for (const [nth, earlier] of steps.slice(from, at).entries()) {
        if (causes(from + nth + 1, later, steps) || !matters(earlier, later)) continue
        const order = { before: earlier.name, after: later.name }
        orders.set(`${order.before}<${order.after}`, order)
      }
    }
    return [...orders.values()].reverse()
  }

  private run(choices: Source, strategy?: PickingStrategy, heard?: (step: Operation) => void): Run<C> {
    this.runs++
    return simulateNow(this.subject, this.scenario, {
      choices,
      ...(strategy === undefined ? {} : { strategy }),
      ...(heard === undefined ? {} : { onStep: ({ operation }) => heard(operation) }),
    })
  }

  private strategy(base: PickingStrategy, orders: readonly Constraint[]): PickingStrategy {
    return holding(base, new Holds(orders, this.scenario))
  }

  private breaks(run: Run<C>): boolean {
    return hasBroken(run, this.invariant)
  }

  /**
   * Random schedules under these orders: how many kept them, failed, and failed keeping them. In haste everything happens as
   * early as it can, so that windows let the most happen before what is held.
   */
  private trial(
    orders: readonly Constraint[],
    times: number,
    inHaste = false,
  ): { kept: number; failed: number; all: number } {
    let kept = 0
    let failed = 0
    let all = 0
    for (let seed = 0; seed < times && !this.stop(); seed++) {
      const holds = new Holds(orders, this.scenario)
      const walk = newWalk(seed, seed, this.scenario.profile.horizon)
      const run = this.run(this.source, holding(inHaste ? hasty(walk) : walk, holds))
      if (this.breaks(run)) all++
      if (!holds.areKept) continue
      kept++
      if (this.breaks(run)) failed++
    }
    return { kept, failed, all }
  }
}

function hasty({ atUs: _, ...base }: PickingStrategy): PickingStrategy {
  return base
}

function shareOf({ kept, failed }: { kept: number; failed: number }): number {
  return kept === 0 ? 0 : failed / kept
}

/**
 * Can the order of two steps decide anything? They touch the same thing, or are of one server, whose memory they share; what
 * comes from outside may touch anything.
 */
function matters(earlier: Operation, later: Operation): boolean {
  if (conflicts(earlier.footprint, later.footprint)) return true
  if (earlier.life === undefined || later.life === undefined) return true
  return earlier.life === later.life && (earlier.footprint.length === 0 || later.footprint.length === 0)
}

/** Did the step with this number (from 1) bring the later one about? */
function causes(number: number, later: Operation, steps: readonly Operation[]): boolean {
  let { cause } = later
  while (cause > number) cause = steps[cause - 1]!.cause
  return cause === number
}
