/**
 * Departures from the calm run of one scenario: first each alone, then in pairs. A point is a place where something can go
 * differently. The second of a pair is any point that comes later in the run in which the first went differently, so points
 * that only then appear are met as well. Where there are more pairs than the bound allows, those that are played lie evenly
 * among all.
 */
import { hashText } from '../../sim/index.ts'
import type { Run } from '../run.ts'
import type { Subject } from '../subject.ts'
import { type Broken, brokenBy, type Stop, type Sweep } from './sweep.ts'

export interface Point {
  /** Of the choice, as overrides name it. */
  readonly key: number
  /** The choice in words: `path/purpose`. */
  readonly name: string
  /** What goes differently there, such as the name of a fault. */
  readonly kind: string
  /** The operation that it befalls. */
  readonly operation: string
  /** What the choice may be; a point survives if it survives all of them. */
  readonly values: readonly number[]
}

export type Overrides = ReadonlyMap<number, number>

/** One run and the points that it met, in their order. */
export interface Departed<C> {
  readonly run: Run<C>
  readonly points: readonly Point[]
}

export interface Survival {
  readonly kind: string
  readonly points: number
  readonly survived: number
}

export interface BrokenAt extends Broken {
  /** Where the run departed from the calm one: one point or two; none if the calm run itself failed. */
  readonly at: readonly { readonly point: Point; readonly value: number }[]
}

export interface Deviations {
  readonly runs: number
  /** Steps of the calm run. */
  readonly steps: number
  /** Points of the calm run, by kind. */
  readonly alone: readonly Survival[]
  /** `all`: how many pairs there are; `played`: how many were tried, which is at most the bound. */
  readonly pairs: { readonly all: number; readonly played: number; readonly survived: number }
  readonly broken: readonly BrokenAt[]
  /** Did it play all that it meant to? */
  readonly isComplete: boolean
}

export interface Bounds {
  readonly pairs: number
  readonly stop?: Stop
}

type Play<C> = (overrides: Overrides) => Departed<C>

interface First {
  readonly point: Point
  /** Points that come later when this one has gone differently. */
  readonly followers: number
}

export function* deviate<C>(
  subject: Subject<C>,
  play: Play<C>,
  { pairs, stop = () => false }: Bounds,
): Sweep<Deviations> {
  const broken: BrokenAt[] = []
  const fallen = new Set<number>()
  const met = new Map<string, { points: number; survived: number }>()
  const firsts: First[] = []
  let runs = 1
  let isComplete = true
  let survived = 0
  let played = 0
  const calm = play(new Map())
  const passes = (run: Run<C>, at: BrokenAt['at']): boolean => {
    if (run.failures.length > 0) broken.push({ ...brokenBy(subject, run), at })
    return run.failures.length === 0
  }
  const isSound = passes(calm.run, [])
  const points = isSound ? calm.points : []
  const of = points.reduce((sum, { values }) => sum + values.length, 1)

  singles: for (const point of points) {
    let survives = true
    let followers = 0
    for (const value of point.values) {
      if (stop(runs)) {
        isComplete = false
        break singles
      }
      const departed = play(new Map([[point.key, value]]))
      runs++
      if (!passes(departed.run, [{ point, value }])) survives = false
      if (value === valueInPairs(point)) followers = after(point, departed.points).length
      yield { runs, of }
    }
    const counted = met.get(point.kind) ?? { points: 0, survived: 0 }
    met.set(point.kind, counted)
    counted.points++
    if (survives) {
      counted.survived++
      firsts.push({ point, followers })
    } else fallen.add(point.key)
  }

  const all = firsts.reduce((sum, { followers }) => sum + followers, 0)
  const chosen = isComplete ? spread(all, pairs) : []
  let from = 0
  let next = 0
  for (const { point: first, followers } of firsts) {
    const begin = from
    from += followers
    if (chosen[next] === undefined || chosen[next]! >= from || !isComplete) continue
    const value = valueInPairs(first)
    const later = after(first, play(new Map([[first.key, value]])).points)
    runs++
    for (; chosen[next] !== undefined && chosen[next]! < from; next++) {
      if (stop(runs)) {
        isComplete = false
        break
      }
      const second = later[chosen[next]! - begin]!
      // What fails alone says nothing about a pair.
      if (fallen.has(second.key)) continue
      const other = valueInPairs(second)
      const { run } = play(new Map([[first.key, value]]).set(second.key, other))
      runs++
      played++
      if (
        passes(run, [
          { point: first, value },
          { point: second, value: other },
        ])
      )
        survived++
      yield { runs, of: of + chosen.length }
    }
  }
  const alone = [...met].map(([kind, counts]) => ({ kind, ...counts }))
  return { runs, steps: calm.run.steps, alone, pairs: { all, played, survived }, broken, isComplete }
}

function after(point: Point, points: readonly Point[]): readonly Point[] {
  return points.slice(points.findIndex(({ key }) => key === point.key) + 1)
}

/** In pairs a point has one value, and not the same at every point. */
function valueInPairs({ name, values }: Point): number {
  return values[(hashText(name) >>> 0) % values.length]!
}

/** So many numbers from 0 to `all`, one in each of as many equal stretches. */
function spread(all: number, bound: number): number[] {
  if (all <= bound) return Array.from({ length: all }, (_, at) => at)
  return Array.from({ length: bound }, (_, at) => {
    const from = Math.floor((at * all) / bound)
    const to = Math.floor(((at + 1) * all) / bound)
    return from + ((hashText(`pair ${at}`) >>> 0) % (to - from))
  })
}
