/** kill(2) on a process group, in the words of the port. */
import type { Delivery, TerminationSignal } from '../ports/index.ts'
import { codeOf } from './hostError.ts'

/** Zombies count as members (spec: kernel B5). */
export function isEmptyGroup(pgid: number): boolean {
  try {
    process.kill(-pgid, 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

export function killGroup(pgid: number, signal: TerminationSignal): Delivery {
  try {
    process.kill(-pgid, signal)
    return 'sent'
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return 'gone'
    if (codeOf(error) === 'EPERM') return 'denied'
    throw error
  }
}
