/**
 * With windows off: which pending operations may happen next. Orders alone count then, and time passes when nothing else can
 * happen.
 */
import type { Operation } from './operation.ts'

/** What takes less than this is over in no time. */
export const INSTANT_US = 1_000

/** All that is over in no time; else what is due first. */
export function addInstant(eligible: Operation[], pool: readonly Operation[], limitUs: number): void {
  let dueUs = limitUs
  for (const operation of pool) {
    const { issuedUs, earliestUs } = operation
    if (earliestUs - issuedUs < INSTANT_US) eligible.push(operation)
    else if (earliestUs < dueUs) dueUs = earliestUs
  }
  if (eligible.length > 0) return
  for (const operation of pool) if (operation.earliestUs <= dueUs) eligible.push(operation)
}

/** What is due first by a count of time in which steps may take none. */
export function addDue(
  eligible: Operation[],
  pool: readonly Operation[],
  limitUs: number,
  dueUs: (operation: Operation) => number,
): void {
  let firstUs = Number.POSITIVE_INFINITY
  for (const operation of pool) {
    if (operation.earliestUs > limitUs) continue
    const us = dueUs(operation)
    if (us > firstUs) continue
    if (us < firstUs) eligible.length = 0
    firstUs = us
    eligible.push(operation)
  }
}
