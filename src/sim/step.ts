/** One step of a run: an operation that has fired, together with all that it set off. */
import type { Operation } from './operation.ts'

export interface Step {
  /** From 1. */
  readonly index: number
  readonly atUs: number
  readonly operation: Operation
  /** The hash of the run up to here. */
  readonly hash: number
}
