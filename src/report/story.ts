/**
 * The story of a failure: of all that was told while it was replayed, the dozen lines that matter. First come crashes,
 * starts, faults and what an oracle said; then what is about the same things as the failure; then what shares something
 * with such a line; then, where there is room, what else happened.
 */
import type { Failure, Run, Told } from '../explore/index.ts'

export const STORY_LINES_MAX = 14
/** A story shorter than this is filled up with what else happened. */
const STORY_LINES_MIN = 10

export interface Story {
  readonly lines: readonly Told[]
  /** How many lines before the failure are not among them. */
  readonly leftOut: number
}

export function storyOf(
  run: Pick<Run, 'told' | 'sometimes'>,
  failure: Pick<Failure, 'invariant' | 'kind' | 'about'>,
): Story {
  const told = upTo(failure, inOrder(run.told))
  const core = thingsOf(failure.about)
  const near = new Set<string>()
  for (const { about } of told) if (meets(about, core)) for (const thing of thingsOf(about)) near.add(thing)
  const rank = (line: Told): number => {
    if (line.actor === 'oracle' || line.about.some(isServer) || isFault(line, run.sometimes)) return 0
    if (meets(line.about, core)) return 1
    // For a strand it matters that from some time on nothing was in the way any more.
    if (line.actor === 'world') return failure.kind === 'liveness' ? 2 : 3
    return meets(line.about, near) ? 2 : 3
  }
  const ranked = told.map((line, at) => ({ line, at, rank: rank(line) }))
  const first = ranked.find((one) => one.rank < 3)
  const last = ranked.at(-1)
  const isEnd = (one: unknown) => Number(one === first || one === last)
  const worthReading = ranked.filter(({ at }) => !isRepeated(told, at))
  const relevant = worthReading.filter(({ rank }) => rank < 3).length
  const chosen = worthReading
    .toSorted((a, b) => isEnd(b) - isEnd(a) || a.rank - b.rank || b.at - a.at)
    .slice(0, Math.min(STORY_LINES_MAX, Math.max(STORY_LINES_MIN, relevant)))
    .sort((a, b) => a.at - b.at)
  return { lines: chosen.map(({ line }) => line), leftOut: told.length - chosen.length }
}

/** What an oracle says comes after what it says it about. */
export function inOrder(told: readonly Told[]): Told[] {
  return told.toSorted((a, b) => a.atUs - b.atUs || Number(a.actor === 'oracle') - Number(b.actor === 'oracle'))
}

/** What happens after the failure does not explain it. */
function upTo({ invariant }: Pick<Failure, 'invariant'>, told: readonly Told[]): readonly Told[] {
  const end = told.findIndex(({ actor, text }) => actor === 'oracle' && text.startsWith(`${invariant} is broken`))
  return end < 0 ? told : told.slice(0, end + 1)
}

/** Who knows only the tables says `jobs:7` where a subject says `job:7`. */
function thingsOf(about: readonly string[]): Set<string> {
  return new Set(about.map((one) => one.replace(/s?:/, ':')))
}

function meets(about: readonly string[], things: ReadonlySet<string>): boolean {
  for (const thing of thingsOf(about)) if (things.has(thing)) return true
  return false
}

function isServer(about: string): boolean {
  return about.startsWith('server:')
}

/** Faults are told by their names; some as what an actor meets, about nothing in particular. */
function isFault({ actor, about, text }: Told, sometimes: ReadonlySet<string>): boolean {
  if (actor === 'world' || actor === 'database') return false
  return about.length === 0 || sometimes.has(`fault ${text.slice(0, text.indexOf(':'))}`)
}

/** Of the same line again and again only the first and the last are worth reading. */
function isRepeated(told: readonly Told[], at: number): boolean {
  const line = told[at]!
  const isSame = (other: Told | undefined) => other?.actor === line.actor && other.text === line.text
  return isSame(told[at - 1]) && isSame(told[at + 1])
}
