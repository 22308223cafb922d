/**
 * Properties over whole runs: fast-check draws a seed and a family, the run follows from them. Every property draws the same
 * ones from the same seed, so each run is played once for all of them.
 */
import fc from 'fast-check'
import {
  type Draw,
  drawScenario,
  type Failure,
  fromMacrotask,
  play,
  portfolio,
  type Subject,
  tokenOf,
} from '../../src/explore/index.ts'

/** Where a run is: all else follows. */
export interface Place {
  readonly seed: number
  readonly family: string
  /** In the campaign of that seed; it chooses the strategy. */
  readonly index: number
}

export interface Played {
  readonly failures: readonly Failure[]
  readonly sometimes: ReadonlySet<string>
  /** Of a run that failed. */
  readonly token: string | undefined
}

export class Runs<C> {
  readonly played = new Map<string, Played>()
  private readonly subject: Subject<C>
  private readonly defect: string | undefined
  private readonly families: readonly string[]

  /** `families` as often as they weigh. */
  constructor(subject: Subject<C>, families: readonly string[], defect?: string) {
    this.subject = subject
    this.families = families
    this.defect = defect
  }

  /** Neither biased to small seeds nor shrunk: the seed next to this one is another scenario altogether. */
  get places(): fc.Arbitrary<Place> {
    const place = fc.record({
      seed: fc.nat({ max: 999_999_999 }),
      family: fc.constantFrom(...this.families),
      index: fc.nat({ max: portfolio.length - 1 }),
    })
    return fc.noShrink(fc.noBias(place))
  }

  async at({ seed, family, index }: Place): Promise<Played> {
    const key = `${seed}/${family}/${index}`
    const known = this.played.get(key)
    if (known !== undefined) return known
    const draw: Draw = { seed: String(seed), family, strategy: undefined }
    const played = await fromMacrotask((): Played => {
      const run = play(this.subject, drawScenario(this.subject, draw, index))
      const { failures, sometimes } = run
      return { failures, sometimes, token: failures.length === 0 ? undefined : tokenOf(this.subject, run, this.defect) }
    })
    this.played.set(key, played)
    return played
  }

  /** Holds where no failure is one of those that are asked for; says how to see it again where it does not hold. */
  property(isAbout: (invariant: string) => boolean): fc.IAsyncProperty<[Place]> {
    return fc.asyncProperty(this.places, async (place) => {
      const { failures, token } = await this.at(place)
      const failure = failures.find(({ invariant }) => isAbout(invariant))
      if (failure !== undefined) throw new Error(this.report(place, failure, token!))
    })
  }

  private report({ seed, family }: Place, { invariant, reason }: Failure, token: string): string {
    const defect = this.defect === undefined ? '' : ` --defect ${this.defect}`
    const { name } = this.subject
    return [
      `${invariant} is broken: ${reason}`,
      `seed ${seed}, family ${family}${this.defect === undefined ? '' : `, defect ${this.defect}`}`,
      `shrink it:  npm run -s hunt -- ${name} --seed ${seed} --family ${family} --scenarios ${portfolio.length}${defect}`,
      `replay it:  npm run -s replay -- ${token}`,
    ].join('\n')
  }
}
