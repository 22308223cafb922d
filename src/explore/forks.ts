/**
 * One failing run and its reruns: a rerun is as recorded for some steps, then a fair-minded strategy and fresh draws take
 * over. Its seed follows from the failing run, the number of steps and its own number, so the same reruns come out whenever
 * they are asked for.
 */
import type { ChoiceRecord, LatencyStrategy, Scenario, Step } from '../sim/index.ts'
import { newStrategy } from './begin.ts'
import { type Failure, hasBroken, type Run } from './run.ts'
import { seedOf } from './seeds.ts'
import { type How, simulateNow } from './simulate.ts'
import type { Subject } from './subject.ts'
import { recordSource } from './token.ts'

/** Without those that wait for a chance to do harm: what is asked is what usually happens. */
const fair = ['random', 'latency', 'pos'] as const

/** What came of the reruns from one prefix. */
export interface Prefix {
  readonly steps: number
  /** Reruns that break the invariant as well. */
  readonly failed: number
  readonly reruns: number
}

interface Tried {
  reruns: number
  /** The numbers of those that did not break the invariant. */
  readonly passed: number[]
}

export class Forks<C> {
  readonly failing: Run<C>
  readonly failure: Failure
  readonly steps: readonly Pick<Step, 'atUs' | 'operation' | 'hash'>[]
  /** Simulations so far, of any kind. */
  runs = 0
  private readonly subject: Subject<C>
  private readonly scenario: Scenario<C>
  private readonly choices: ChoiceRecord
  private readonly stop: () => boolean
  private readonly tried = new Map<number, Tried>()

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
    this.stop = stop
    const steps: Step[] = []
    this.failing = this.simulate(choices, { telling: true, onStep: (step) => steps.push(step) })
    this.steps = steps
    const failure = this.failing.failures.find((one) => one.invariant === invariant)
    if (failure === undefined)
      throw new Error(`there is nothing to look back from: this run does not break ${invariant}`)
    this.failure = failure
  }

  get isStopped(): boolean {
    return this.stop()
  }

  /**
   * Makes reruns from this prefix until there are so many, or one has passed where `search` says that this is all that
   * matters. What was rerun before counts.
   */
  rerun(steps: number, reruns: number, search?: 'search'): Prefix {
    const tried = this.triedFrom(steps)
    while (tried.reruns < reruns && !(search !== undefined && tried.passed.length > 0) && !this.stop()) {
      const nth = tried.reruns++
      if (!this.breaks(this.play(steps, nth))) tried.passed.push(nth)
    }
    return { steps, failed: tried.reruns - tried.passed.length, reruns: tried.reruns }
  }

  /** The numbers of the reruns from this prefix that passed. */
  passedFrom(steps: number): readonly number[] {
    return this.triedFrom(steps).passed
  }

  /** The prefixes from which a rerun has passed, the longest first. */
  openPrefixes(): number[] {
    const open = [...this.tried].filter(([, { passed }]) => passed.length > 0)
    return open.map(([steps]) => steps).sort((a, b) => b - a)
  }

  play(steps: number, nth: number, how: Omit<How, 'choices'> = {}): Run<C> {
    const seed = seedOf(`${this.failing.hash}/${steps}/${nth}`)
    const strategy = newStrategy(fair[nth % fair.length]!, seed, this.scenario.profile.horizon)
    return this.simulate(this.choices, { ...how, fork: { steps, seed, strategy } })
  }

  replay(choices: ChoiceRecord, how: Omit<How, 'choices'>): Run<C> {
    return this.simulate(choices, how)
  }

  breaks(run: Run<C>): boolean {
    return hasBroken(run, this.failure.invariant)
  }

  /**
   * The prefix from which on no rerun can differ before the failure: the failure has happened, or chaos is over and
   * everything takes its typical time.
   */
  certainFrom(): number {
    let low = -1
    let high = this.failure.step
    if (high === 0 || this.isOpen(high - 1)) return high
    while (high - low > 1 && !this.stop()) {
      const middle = Math.floor((low + high) / 2)
      if (this.isOpen(middle)) low = middle
      else high = middle
    }
    return high
  }

  /** Is anything left to a strategy after this prefix? In calm none is ever asked. */
  private isOpen(steps: number): boolean {
    let asked = false
    const strategy: LatencyStrategy = {
      kind: 'latency',
      name: 'typical',
      begin: () => undefined,
      delayUs: ({ typicalUs, issuedUs }) => {
        asked = true
        return typicalUs - issuedUs
      },
    }
    this.simulate(this.choices, { fork: { steps, seed: 0, strategy } })
    return asked
  }

  private simulate(choices: ChoiceRecord, how: Omit<How, 'choices'>): Run<C> {
    this.runs++
    return simulateNow(this.subject, this.scenario, { ...how, choices: recordSource(choices) })
  }

  private triedFrom(steps: number): Tried {
    const tried = this.tried.get(steps) ?? { reruns: 0, passed: [] }
    this.tried.set(steps, tried)
    return tried
  }
}
