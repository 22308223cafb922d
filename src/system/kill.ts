/** Ending processes by what they are, never by a number alone. */
import type { Ports } from '../ports/index.ts'

const CHECK_MS = 100
const CHECKS_MAX = 50

/** SIGKILL to every group in which a process carries one of the tokens, until none is left; false if some would not die. */
export async function killSurvivors({ processes, clock }: Ports, tokens: readonly string[]): Promise<boolean> {
  for (let check = 0; check < CHECKS_MAX; check++) {
    const survivors = await processes.carrying(tokens)
    if (survivors.length === 0) return true
    for (const identity of survivors) await processes.signalGroup(identity, 'SIGKILL')
    await clock.sleep(CHECK_MS)
  }
  return false
}
