/**
 * Departures from the calm run of one scenario: first each alone, then in pairs. A point is a place where something can go
 * differently. The second of a pair is any point that comes later in the run in which the first went differently, so points
 * that only then appear are met as well. Where there are more pairs than the bound allows, those that are played lie evenly
 * among all.
 */
import { hashText } from '../../sim/index.ts'
import type { Run } from '../run.ts'
import type { Subject } from '../subject.ts'
import { type Broken, brokenBy, type Stop, type Sweep, Unrepeatable } from './sweep.ts'

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

export function deviate<C>(subject: Subject<C>, play: Play<C>, bounds: Bounds): Sweep<Deviations> {
  return new Deviating(subject, play, bounds).sweep()
}

class Deviating<C> {
  private readonly subject: Subject<C>
  private readonly play: Play<C>
  private readonly pairsMax: number
  private readonly stop: Stop
  private readonly broken: BrokenAt[] = []
  /** Points that fail alone. */
  private readonly fallen = new Set<number>()
  private readonly alone = new Map<string, { points: number; survived: number }>()
  private readonly firsts: First[] = []
  private runs = 0
  private isComplete = true

  constructor(subject: Subject<C>, play: Play<C>, { pairs, stop = () => false }: Bounds) {
    this.subject = subject
    this.play = play
    this.pairsMax = pairs
    this.stop = stop
  }

  *sweep(): Sweep<Deviations> {
    const calm = this.departed([])
    const points = this.passes(calm, []) ? calm.points : []
    const of = points.reduce((sum, { values }) => sum + values.length, 1)
    for (const point of points) {
      yield* this.tryAlone(point, of)
      if (!this.isComplete) break
    }
    const pairs = yield* this.tryPairs(of)
    const { runs, broken, isComplete } = this
    const alone = [...this.alone].map(([kind, counts]) => ({ kind, ...counts }))
    return { runs, steps: calm.run.steps, alone, pairs, broken, isComplete }
  }

  private *tryAlone(point: Point, of: number): Sweep<void> {
    let survives = true
    let followers = 0
    for (const value of point.values) {
      if (this.isStopped()) return
      const at = [{ point, value }]
      const departed = this.departed(at)
      if (!this.passes(departed, at)) survives = false
      if (value === valueInPairs(point)) followers = after(point, departed.points).length
      yield { runs: this.runs, of }
    }
    const counts = this.alone.get(point.kind) ?? { points: 0, survived: 0 }
    this.alone.set(point.kind, counts)
    counts.points++
    if (survives) {
      counts.survived++
      this.firsts.push({ point, followers })
    } else this.fallen.add(point.key)
  }

  private *tryPairs(runsAlone: number): Sweep<Deviations['pairs']> {
    const all = this.firsts.reduce((sum, { followers }) => sum + followers, 0)
    const chosen = this.isComplete ? spread(all, this.pairsMax) : []
    const of = runsAlone + chosen.length
    let played = 0
    let survived = 0
    let next = 0
    let from = 0
    for (const { point, followers } of this.firsts) {
      const begin = from
      from += followers
      const here = chosen.slice(next, firstFrom(chosen, next, from))
      next += here.length
      if (here.length === 0 || this.isStopped()) continue
      const first = { point, value: valueInPairs(point) }
      const later = after(point, this.departed([first]).points)
      if (later.length !== followers) throw new Unrepeatable(`${point.name} was followed by other points a second time`)
      for (const at of here) {
        const second = later[at - begin]!
        // What fails alone says nothing about a pair.
        if (this.fallen.has(second.key)) continue
        if (this.isStopped()) break
        const both = [first, { point: second, value: valueInPairs(second) }]
        played++
        if (this.passes(this.departed(both), both)) survived++
        yield { runs: this.runs, of }
      }
    }
    return { all, played, survived }
  }

  private isStopped(): boolean {
    if (this.stop(this.runs)) this.isComplete = false
    return !this.isComplete
  }

  private departed(at: BrokenAt['at']): Departed<C> {
    this.runs++
    return this.play(new Map(at.map(({ point, value }) => [point.key, value])))
  }

  private passes({ run }: Departed<C>, at: BrokenAt['at']): boolean {
    if (run.failures.length > 0) this.broken.push({ ...brokenBy(this.subject, run), at })
    return run.failures.length === 0
  }
}

/** The place of the first number that is not below `bound`. */
function firstFrom(numbers: readonly number[], begin: number, bound: number): number {
  let at = begin
  while (at < numbers.length && numbers[at]! < bound) at++
  return at
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
