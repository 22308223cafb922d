/** Would the comparison find a mistake in the simulator? Each that is planted must be found. */
import type fc from 'fast-check'
import { type Limits, runCampaign } from './campaign.ts'
import type { Planted } from './family.ts'

/** Ten times what the hardest of them takes on average. */
const SEQUENCES_MAX = 4000

export interface Verdict {
  readonly story: string
  /** How much was compared before it was found, and to how many operations it was shrunk; undefined if it never was. */
  readonly found: { readonly sequences: number; readonly operations: number; readonly shrunk: number } | undefined
}

export async function hunt<Op>(
  sequences: fc.Arbitrary<readonly Op[]>,
  { story, compare }: Planted<Op>,
  limits: Limits,
): Promise<Verdict> {
  const result = await runCampaign(sequences, compare, { sequences: SEQUENCES_MAX, ...limits })
  const { divergence } = result
  if (divergence === undefined) return { story, found: undefined }
  return {
    story,
    found: { sequences: result.sequences, operations: result.operations, shrunk: divergence.rows.length },
  }
}
