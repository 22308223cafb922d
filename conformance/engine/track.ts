/** One track on both sides, operation by operation: what the real engine did must be among what the simulated one may do. */
import type { SimEngine } from '../../src/sim/engine/engine.ts'
import type { Row } from '../family.ts'
import { type Deed, LATE, wordsOf } from './deed.ts'
import { allOutcomes, follow } from './interleavings.ts'
import type { Op } from './operation.ts'
import type { RealTrack } from './real.ts'
import { SimulatedTrack } from './simulated.ts'

const SHOWN_MAX = 4

interface Outcome {
  readonly answers: readonly string[]
  readonly view: readonly string[]
}

/** What is about to be done, and what may come of it. */
export interface Plan {
  readonly deed: Deed
  /** With the decisions that lead there. */
  readonly outcomes: ReadonlyMap<string, readonly number[]>
}

export class Track {
  readonly rows: Row[] = []
  operations = 0
  hasDiverged = false
  readonly #begin: () => SimulatedTrack
  readonly #real: RealTrack
  readonly #past: { readonly deed: Deed; readonly decisions: readonly number[] }[] = []
  #view: readonly string[]

  constructor(Engine: typeof SimEngine, real: RealTrack, track: number) {
    this.#begin = () => new SimulatedTrack(Engine, track, real.canHold)
    this.#real = real
    this.#view = this.#begin().view()
  }

  async play(ops: readonly Op[]): Promise<void> {
    for (const op of ops) if (!this.hasDiverged) await this.#carryOut(this.plan(op))
  }

  /** In the end nothing is left. */
  async leave(): Promise<void> {
    for (const deed of this.#now().removals()) if (!this.hasDiverged) await this.#carryOut(this.#planFor(deed))
  }

  /** Undefined if nobody could carry it out now. */
  plan(op: Op): Plan | undefined {
    const deed = this.#now().resolve(op)
    return deed && this.#planFor(deed)
  }

  finish(name: string): void {
    this.#real.finish(name)
  }

  /** Whether what the real engine has done is possible. */
  async judge(plan: Plan, answers: readonly string[]): Promise<void> {
    const { deed, outcomes } = plan
    this.operations += answers.length
    const expected = (view: readonly string[]) => outcomes.get(JSON.stringify({ answers, view }))
    const possible = outcomesIn(plan)
    const isAnswered = possible.some((each) => each.answers.join() === answers.join())
    const view = await this.#real.settle((seen) => isAnswered && expected(seen) !== undefined, isAnswered)
    const decisions = expected(view)
    const real = this.#told({ answers, view })
    const told = possible.map((each) => this.#told(each))
    const simulated = decisions !== undefined ? real : told.slice(0, SHOWN_MAX).join(' or ')
    this.rows.push({ operation: wordsOf(deed), simulated, real })
    if (decisions === undefined) this.hasDiverged = true
    else this.#past.push({ deed, decisions })
    this.#view = view
  }

  async #carryOut(plan: Plan | undefined): Promise<void> {
    if (plan === undefined || plan.deed.deed === 'restart') return
    const possible = outcomesIn(plan)
    const isAtOnce = (nth: number) => possible.some(({ answers }) => !answers[nth]?.endsWith(LATE))
    await this.judge(plan, await this.#real.perform(plan.deed, isAtOnce))
  }

  #planFor(deed: Deed): Plan {
    const outcomes = allOutcomes((choose) => {
      const track = this.#now()
      try {
        const answers = track.carryOut(deed, choose)
        return JSON.stringify({ answers, view: track.view() })
      } catch (error) {
        // Only an engine with a mistake in it refuses what it has just said is possible.
        return JSON.stringify({ answers: [String(error)], view: [] })
      }
    })
    return { deed, outcomes }
  }

  #now(): SimulatedTrack {
    const track = this.#begin()
    track.view()
    for (const { deed, decisions } of this.#past) {
      track.carryOut(deed, follow(decisions))
      // Whoever looks gives numbers to the ids that are new.
      track.view()
    }
    return track
  }

  #told({ answers, view }: Outcome): string {
    return [answers.join(', '), ...view.filter((line) => !this.#view.includes(line))].join('; ')
  }
}

function outcomesIn({ outcomes }: Plan): Outcome[] {
  return [...outcomes.keys()].map((outcome) => JSON.parse(outcome) as Outcome)
}
