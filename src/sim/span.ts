/** The window of what takes so long: hardly less, and a little more. */
import type { Window } from './operation.ts'

export function spanOf(ms: number): Window {
  const us = Math.max(1, Math.round(ms * 1000))
  return { earliestUs: us, typicalUs: us, latestUs: Math.round(us * 1.05) + 100 }
}
