/**
 * All that may come of something in which others may come first: it is carried out again and again, each time with other
 * decisions, until every one has been taken.
 */

/** One of so many. */
export type Choose = (among: number) => number

interface Decision {
  readonly taken: number
  readonly among: number
}

const RUNS_MAX = 20_000

/** Those that differ, each with the decisions that lead to it first. Throws if there are too many to try. */
export function allOutcomes(carryOut: (choose: Choose) => string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>()
  let script: readonly number[] = []
  for (let run = 0; run < RUNS_MAX; run++) {
    const decisions: Decision[] = []
    const outcome = carryOut((among) => {
      if (among === 1) return 0
      const taken = script[decisions.length] ?? 0
      decisions.push({ taken, among })
      return taken
    })
    if (!found.has(outcome)) found.set(outcome, takenIn(decisions))
    while (decisions.length > 0 && decisions.at(-1)!.taken === decisions.at(-1)!.among - 1) decisions.pop()
    const last = decisions.pop()
    if (last === undefined) return found
    script = [...takenIn(decisions), last.taken + 1]
  }
  throw new Error(`more than ${RUNS_MAX} interleavings`)
}

/** The same decisions again. */
export function follow(decisions: readonly number[]): Choose {
  let at = 0
  return (among) => (among === 1 ? 0 : (decisions[at++] ?? 0))
}

function takenIn(decisions: readonly Decision[]): number[] {
  return decisions.map(({ taken }) => taken)
}
