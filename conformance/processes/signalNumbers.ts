/** Signals as the helper is told them, and as they are shown. */
import { constants } from 'node:os'

const UNKNOWN = 77

/** The number of a name as this machine has it; one that is no signal for a name that is none. */
export function numberOf(signal: string | 0): number {
  if (signal === 0) return 0
  return (constants.signals as Readonly<Record<string, number>>)[signal] ?? UNKNOWN
}

export function shortName(signal: string | 0): string {
  return signal === 0 ? '0' : signal.replace(/^SIG/, '')
}
