/**
 * The loop's side of a strategy; the algorithms stand in src/explore. A strategy decides in one of two ways: it gives
 * each operation a delay when it is issued, or it picks the next among the eligible ones. Either way what is recorded is
 * one delay per operation, so that a replay needs no strategy.
 */
import type { Operation } from './operation.ts'

export interface RunInfo {
  /** Uniform in [0, 1), seeded for this run and this strategy alone. */
  readonly random: () => number
  /** How many decisions runs of this kind usually have. */
  readonly expectedSteps: number
  /** What happens in the same scenario when every operation takes its typical time; for strategies that ask for it. */
  readonly profile: readonly Operation[]
}

export interface LatencyStrategy {
  readonly kind: 'latency'
  readonly name: string
  readonly wantsProfile?: boolean
  begin(run: RunInfo): void
  /** Microseconds after the issue, within the operation's window. */
  delayUs(operation: Operation): number
}

export interface PickingStrategy {
  readonly kind: 'picking'
  readonly name: string
  readonly wantsProfile?: boolean
  /** With windows off everything that takes less than a millisecond may happen next, and time passes when there is no such. */
  readonly windows?: 'off'
  begin(run: RunInfo): void
  /** With windows off: when an operation is due in the strategy's own count of time. What is due first may happen next. */
  dueUs?(operation: Operation): number
  /** At least two operations; returns one of them. */
  next(eligible: readonly Operation[]): Operation
  /** When the chosen operation fires, within these bounds; by default as early as can be. */
  atUs?(chosen: Operation, lowUs: number, highUs: number): number
  /** Hears of every operation that has fired, those included that it did not choose. */
  fired?(operation: Operation): void
}

export type Strategy = LatencyStrategy | PickingStrategy
