/** Compares what came of the same scenarios in two places; where it differs, has the first such scenario shown step by step. */
import { count, type Paint } from '../report/index.ts'
import { Failed } from './checks.ts'
import { ambientLines, divergenceOf } from './divergence.ts'
import type { Place } from './place.ts'
import type { Ambient } from './recording.ts'
import type { Played, Rehearsal, Rehearsed } from './rehearsal.ts'

const TOUCHES_SHOWN = 3

/** No scenario ended because it touched the real machine. Throws Failed. */
export function noTouch({ played }: Rehearsed): string {
  const touching = played.filter(({ ambient }) => ambient !== undefined)
  if (touching.length === 0) return `${count(played.length)} scenarios, trace ${folded(played).toString(36)}`
  const kinds = new Map<string, { ambient: Ambient; index: number }>()
  for (const { ambient, index } of touching) {
    const key = JSON.stringify(ambient)
    if (!kinds.has(key)) kinds.set(key, { ambient: ambient!, index })
  }
  const shown = [...kinds.values()].slice(0, TOUCHES_SHOWN)
  throw new Failed(
    `${count(touching.length)} of ${count(played.length)} scenarios asked the real machine, which is not the same twice`,
    shown.flatMap(({ ambient, index }) => [`scenario ${index}:`, ...ambientLines(ambient).map((line) => `  ${line}`)]),
  )
}

/** Of one place with several others. */
export class Comparison {
  private readonly rehearsal: Rehearsal
  private readonly one: Place
  private readonly paint: Paint
  /** Causes that were shown already. */
  private readonly shown = new Set<string>()
  private failed = false

  constructor(rehearsal: Rehearsal, one: Place, paint: Paint) {
    this.rehearsal = rehearsal
    this.one = one
    this.paint = paint
  }

  /** Throws Failed, with both sides of the first step that differs. */
  async with(other: Place, played: Rehearsed): Promise<string> {
    const playedThere = await other.play(this.rehearsal)
    const differing = differences(played, playedThere)
    if (differing.length === 0) return `trace ${folded(playedThere.played).toString(36)}`
    const sentence = `${count(differing.length)} of ${count(this.rehearsal.scenarios)} scenarios went another way`
    const blamed = await this.blamed(other, played)
    this.failed = true
    throw new Failed(sentence + blamed, await this.closely(other, differing))
  }

  /** Which respect of a place matters. Where something differs in plainer places already, this says nothing. */
  private async blamed({ parts = [] }: Place, played: Rehearsed): Promise<string> {
    if (this.failed) return ''
    const names: string[] = []
    for (const { name, play } of parts) if (differences(played, await play(this.rehearsal)).length > 0) names.push(name)
    return names.length === 0 ? '' : `: they depend on ${names.join(' and on ')}`
  }

  /** Plays one scenario in both places and writes it down. What comes and goes may need a look at several. */
  private async closely(other: Place, differing: readonly number[]): Promise<string[]> {
    const { rehearsal, one } = this
    const middle = differing[Math.floor(differing.length / 2)]!
    for (const index of new Set([differing[0]!, differing.at(-1)!, middle])) {
      const request = { ...rehearsal, recorded: index }
      const a = await (one.afresh ?? one.play)(request)
      const b = await (other.afresh ?? other.play)(request)
      const sides = [
        { name: one.name, recording: a.recording! },
        { name: other.name, recording: b.recording! },
      ] as const
      const divergence = divergenceOf(sides, this.paint)
      if (divergence === undefined) continue
      const { sentence, lines, cause } = divergence
      const head = `scenario ${index}: ${sentence}`
      if (this.shown.has(cause)) return [`${head}, at the same place in the code as above`]
      this.shown.add(cause)
      return [head, ...lines.map((line) => line && `  ${line}`)]
    }
    return ['played again to be shown, it went the same way in both places: what it depends on comes and goes']
  }
}

/** Indices of the scenarios that went another way, of those that were played on both sides. */
function differences(one: Rehearsed, other: Rehearsed): number[] {
  const there = new Map(other.played.map((played) => [played.index, played]))
  const differs = (a: Played, b: Played) =>
    a.hash !== b.hash || a.drawn !== b.drawn || a.broken.join() !== b.broken.join()
  return one.played.flatMap((a) => {
    const b = there.get(a.index)
    return b !== undefined && differs(a, b) ? [a.index] : []
  })
}

function folded(played: readonly Played[]): number {
  return played.reduce((sum, { hash }) => (sum * 31 + hash) % Number.MAX_SAFE_INTEGER, 0)
}
