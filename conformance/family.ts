/** A part of the simulated machine that can be held to the real one: what `npm run conformance` asks of each. */
import type fc from 'fast-check'

/** One operation of a sequence, and what either side answered: what it returned and what it changed. */
export interface Row {
  readonly operation: string
  readonly simulated: string
  readonly real: string
}

export interface Outcome {
  /** How many operations were carried out on both sides: those whose precondition fails in the model are not. */
  readonly operations: number
  /** All rows up to the first that differs; undefined if the sides agree. */
  readonly divergence: readonly Row[] | undefined
}

/** A mistake that is planted in the simulator, to see whether the comparison finds it. */
export interface Planted<Op> {
  readonly story: string
  compare(ops: readonly Op[]): Promise<Outcome>
}

/** A divergence of the past, which is compared again before anything else. */
export interface Settled<Op> {
  readonly story: string
  readonly ops: readonly Op[]
}

/** What stands ready to be compared. */
export interface Comparison<Op> {
  /** In words for people: on what and with which rights. */
  readonly machine: string
  readonly sequences: fc.Arbitrary<readonly Op[]>
  readonly settled: readonly Settled<Op>[]
  planted(): readonly Planted<Op>[]
  compare(ops: readonly Op[]): Promise<Outcome>
  close(): Promise<void>
}

/** Why nothing can be compared on this machine. */
export interface Skipped {
  readonly skipped: string
}

export interface Family<Op> {
  readonly name: string
  /** What the simulated side is held to, in one word. */
  readonly real: string
  /** How many operations are compared where nobody says how many. */
  readonly operations: number
  /** How the rows of a divergence are to be read. */
  readonly legend?: string
  open(): Promise<Comparison<Op> | Skipped>
}

export function isSkipped<Op>(opened: Comparison<Op> | Skipped): opened is Skipped {
  return 'skipped' in opened
}
