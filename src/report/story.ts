/**
 * The story of a failure: of all that was told while it was replayed, the dozen lines that matter. A line matters if it is
 * about what the failure is about, or shares something with such a line; crashes, starts and faults that struck always do.
 */
import type { Failure, Run, Told } from '../explore/index.ts'

export const STORY_LINES_MAX = 14

export interface Story {
  readonly lines: readonly Told[]
  /** How many relevant lines are not among them. */
  readonly leftOut: number
}

/** How much a line matters: lower is more, undefined is not at all. */
type Rank = 0 | 1 | 2 | undefined

export function storyOf(
  run: Pick<Run, 'told' | 'sometimes'>,
  failure: Pick<Failure, 'invariant' | 'kind' | 'about'>,
): Story {
  const told = upTo(failure, inOrder(run.told))
  const near = new Set<string>()
  for (const { about } of told) if (meets(about, failure.about)) for (const one of about) near.add(one)
  const rank = (line: Told): Rank => {
    if (line.actor === 'oracle' || line.about.some(isServer) || isFault(line, run.sometimes)) return 0
    if (meets(line.about, failure.about)) return 1
    // For a strand it matters that from some time on nothing was in the way any more.
    if (line.actor === 'world') return failure.kind === 'liveness' ? 2 : undefined
    return failure.about.length === 0 || line.about.some((one) => near.has(one)) ? 2 : undefined
  }
  const relevant = told
    .map((line, at) => ({ line, at, rank: rank(line) }))
    .filter((one): one is { line: Told; at: number; rank: 0 | 1 | 2 } => one.rank !== undefined)
  const merged = relevant.filter(({ line }, at) => at === 0 || !isSame(relevant[at - 1]!.line, line))
  const ends = new Set([merged.at(0), merged.at(-1)])
  const byWeight = merged.toSorted(
    (a, b) => Number(ends.has(b)) - Number(ends.has(a)) || a.rank - b.rank || b.at - a.at,
  )
  const chosen = byWeight.slice(0, STORY_LINES_MAX).sort((a, b) => a.at - b.at)
  return { lines: chosen.map(({ line }) => line), leftOut: relevant.length - chosen.length }
}

/** What the oracle says comes after what it says it about. */
function inOrder(told: readonly Told[]): Told[] {
  return told.toSorted((a, b) => a.atUs - b.atUs || Number(a.actor === 'oracle') - Number(b.actor === 'oracle'))
}

/** What happens after the failure does not explain it. */
function upTo({ invariant }: Pick<Failure, 'invariant'>, told: readonly Told[]): readonly Told[] {
  const end = told.findIndex(({ actor, text }) => actor === 'oracle' && text.startsWith(`${invariant} is broken`))
  return end < 0 ? told : told.slice(0, end + 1)
}

function meets(one: readonly string[], other: readonly string[]): boolean {
  return one.some((about) => other.includes(about))
}

function isServer(about: string): boolean {
  return about.startsWith('server:')
}

/** Faults are told by their names; some as what an actor meets, about nothing in particular. */
function isFault({ actor, about, text }: Told, sometimes: ReadonlySet<string>): boolean {
  if (actor === 'world' || actor === 'database') return false
  return about.length === 0 || sometimes.has(`fault ${text.slice(0, text.indexOf(':'))}`)
}

function isSame(one: Told, other: Told): boolean {
  return one.actor === other.actor && one.text === other.text
}
