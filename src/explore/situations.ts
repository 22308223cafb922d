/** What a campaign is expected to go through. */
import type { Subject } from './subject.ts'

/** The faults of the family, or of all families, and the situations that the subject names and that can be reached there. */
export function expectedSituations(
  { families, sometimes = [] }: Pick<Subject<unknown>, 'families' | 'sometimes'>,
  family: string | undefined,
): string[] {
  const played = family === undefined ? Object.keys(families) : [family]
  const faults = new Set(played.flatMap((name) => families[name]!.faults))
  const common = sometimes.filter(({ isRare }) => isRare !== true)
  const within = common.filter((situation) => situation.families?.some((name) => played.includes(name)) ?? true)
  return [...[...faults].map((name) => `fault ${name}`), ...within.map(({ name }) => name)]
}
