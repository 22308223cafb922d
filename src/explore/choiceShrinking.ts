/** Makes the record of a failure small: fewer choices, plainer schedules, shorter stalls. */
import { begun } from './begin.ts'
import { reduce } from './deltaDebugging.ts'
import type { Smallest } from './smallest.ts'
import { freeSchedule } from './token.ts'

const SIMPLE_SCHEDULES = 60
const FEW_CHOICES = 3
const FEW_TO_LESSEN = 8

export function dropChoices<C>(smallest: Smallest<C>): void {
  reduce(
    () => [...smallest.choices],
    (entries) => smallest.accepts(smallest.scenario, new Map(entries)),
    () => smallest.isExhausted,
  )
}

/** Where many delays are left, another schedule with few may do as well. */
export function trySimpleSchedules<C>(smallest: Smallest<C>): void {
  const choices = freeSchedule(smallest.choices)
  for (let seed = 0; seed < SIMPLE_SCHEDULES && smallest.choices.size > FEW_CHOICES && !smallest.isExhausted; seed++) {
    const { subject, scenario } = smallest
    const run = smallest.play(scenario, { strategy: begun('delays', subject, scenario, seed), choices })
    if (run.choices().size < smallest.choices.size && smallest.takes(scenario, run)) dropChoices(smallest)
  }
}

/** How long a stall must be at least, about: whoever reads it asks whether that is plausible. */
export function lessenChoices<C>(smallest: Smallest<C>): void {
  if (smallest.choices.size > FEW_TO_LESSEN) return
  for (const [key, value] of smallest.choices) {
    let enough = value
    const tries = (other: number) =>
      smallest.choices.has(key) && smallest.accepts(smallest.scenario, new Map(smallest.choices).set(key, other))
    for (
      let low = 0;
      Math.abs(enough - low) > Math.abs(enough) / 8 && Math.abs(enough) > 1 && !smallest.isExhausted;
    ) {
      const middle = Math.round((low + enough) / 2)
      if (middle === enough || middle === low) break
      if (tries(middle)) enough = middle
      else low = middle
    }
    const rounded = roundedUp(enough)
    if (Math.abs(rounded) <= Math.abs(value) && rounded !== enough) tries(rounded)
  }
}

/** To one digit, away from 0. */
function roundedUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value)))))
  return Math.sign(value) * Math.ceil(Math.abs(value) / unit) * unit
}
