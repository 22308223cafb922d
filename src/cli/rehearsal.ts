/**
 * The same scenarios played in some place and order, for the doctor: what came of each, and of one, if asked for, every
 * step. A rehearsal is plain data, so that threads and other processes can hold it.
 */
import { drawScenario, fromMacrotask, play, type Run } from '../explore/index.ts'
import { hashText } from '../sim/index.ts'
import { type Ambient, ambientOf, type Recording, record } from './recording.ts'
import { type Address, targetOf } from './target.ts'

/** Twice: what was played before in the same process must not matter; what the second pass came to counts. */
export const orders = ['forwards', 'backwards', 'twice'] as const
export type Order = (typeof orders)[number]

export interface Rehearsal extends Address {
  readonly seed: string
  readonly scenarios: number
  readonly order: Order
  /** The scenario to be written down; nothing is played after it. */
  readonly recorded: number | undefined
}

export interface Played {
  readonly index: number
  readonly hash: number
  /** Hash of the scenario itself: it is drawn anew in every place. */
  readonly drawn: number
  readonly broken: readonly string[]
  readonly ambient: Ambient | undefined
}

export interface Rehearsed {
  /** By index. */
  readonly played: readonly Played[]
  readonly recording: Recording | undefined
}

export async function rehearse(rehearsal: Rehearsal): Promise<Rehearsed> {
  const { played: subject } = targetOf(rehearsal.subject, rehearsal.defect)
  const draw = { seed: rehearsal.seed, family: undefined, strategy: undefined }
  const played = new Map<number, Played>()
  let recording: Recording | undefined
  for (const { index, last } of placesIn(rehearsal)) {
    // Each from a macrotask of its own: what a subject has left in the real event loop gets its chance to interfere.
    await fromMacrotask(() => {
      const drawn = drawScenario(subject, draw, index)
      if (last && rehearsal.recorded !== undefined) recording = record(subject, drawn)
      else played.set(index, playedOf(index, JSON.stringify(drawn.scenario), play(subject, drawn)))
    })
  }
  return { played: [...played.values()].toSorted((a, b) => a.index - b.index), recording }
}

function playedOf(index: number, scenario: string, { hash, failures }: Run): Played {
  const broken = failures.map(({ invariant }) => invariant)
  return { index, hash, drawn: hashText(scenario), broken, ambient: ambientOf(failures) }
}

/** Which scenarios are played one after another, and which of them is the last. */
function placesIn({ scenarios, order, recorded }: Rehearsal): { index: number; last: boolean }[] {
  const forwards = Array.from({ length: scenarios }, (_, index) => index)
  const pass = order === 'backwards' ? forwards.toReversed() : forwards
  const end = recorded === undefined ? pass.length : pass.indexOf(recorded) + 1
  const indices = [...(order === 'twice' ? pass : []), ...pass.slice(0, end)]
  return indices.map((index, at) => ({ index, last: at === indices.length - 1 }))
}
