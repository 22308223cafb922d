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
}

export interface LatencyStrategy {
  readonly kind: 'latency'
  readonly name: string
  begin(run: RunInfo): void
  /** Microseconds after the issue, within the operation's window. */
  delayUs(operation: Operation): number
}

export interface PickingStrategy {
  readonly kind: 'picking'
  readonly name: string
  begin(run: RunInfo): void
  /** At least two operations; returns one of them. */
  next(eligible: readonly Operation[]): Operation
}

export type Strategy = LatencyStrategy | PickingStrategy
