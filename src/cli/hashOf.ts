/** The hash of a whole campaign, in whichever thread or process it is played. */
import { type Plan, play } from './plan.ts'
import { Tally } from './tally.ts'

export async function hashOf(plan: Plan): Promise<number> {
  const tally = new Tally()
  await play(
    plan,
    (outcome) => tally.fold(outcome),
    () => false,
  )
  return tally.hash
}
