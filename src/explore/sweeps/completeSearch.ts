/**
 * Plays every inequivalent schedule of one scenario with windows off, by starting anew each time: source-DPOR with sleep sets
 * (Abdulla, Aronis, Jonsson, Sagonas: "Optimal Dynamic Partial Order Reduction", POPL 2014). Deviations: every operation is a process of
 * one step, which the step that issues it enables; a step may disable others (a timer that is cancelled), which counts as a race with
 * each of them; no alternative is tried where one that is asleep would do. Schedules are equivalent with respect to what steps share, see
 * `access.ts`: an invariant that compares things which no two steps share may be broken in one of them and not in its equal.
 */
import { keyOf, type Scenario } from '../../sim/index.ts'
import type { Run } from '../run.ts'
import { simulateNow } from '../simulate.ts'
import type { Subject } from '../subject.ts'
import { type Access, Accesses } from './access.ts'
import { PartialOrder, type Race } from './partialOrder.ts'
import { chaosEndsUs } from './settle.ts'
import { type Broken, brokenBy, type Stop, type Sweep } from './sweep.ts'
import { type Candidate, Redundant, stillAsleep, Walk, type Walked } from './walk.ts'

/** Chaos ends so long after the last schedule that is told from others: steps take microseconds, which shall not decide. */
const MARGIN_US = 500_000
/** Of each invariant. */
const EXAMPLES_MAX = 3

export interface BrokenIn {
  readonly invariant: string
  /** Schedules in which it is broken. */
  readonly schedules: number
  readonly examples: readonly Broken[]
}

export interface Searched {
  /** All that were begun. */
  readonly runs: number
  /**
   * Those that told nothing new: given up, since whatever could come next had been played in an equivalent schedule, or played before it
   * was known which servers need more threads than they have.
   */
  readonly redundant: number
  /** Inequivalent ones that were played to their end. */
  readonly schedules: number
  readonly failed: number
  readonly broken: readonly BrokenIn[]
  /** Are these all the schedules there are, up to `untilMs`? */
  readonly isComplete: boolean
  /** Until when schedules were told apart; later steps were played in one order only. */
  readonly untilMs: number
  /** Steps of the longest schedule until then. */
  readonly longest: number
}

export interface SearchBounds {
  readonly stop?: Stop
  /** Virtual time; by default the end of chaos. */
  readonly untilMs?: number
  /** Try every order of steps, whether or not it matters: to check the reduction against. */
  readonly reduction?: 'none'
}

/** The commands after which steps happen at times of their own and not in any order: no search is complete with them. */
export function timedCommands({ commands }: Scenario<unknown>): string[] {
  return commands.filter(({ do: what }) => (what as { kind?: string }).kind === 'pause').map(({ id }) => id)
}

/** `scenario` as `settle` returns it, and without timed commands. */
export function* completeSearch<C>(
  subject: Subject<C>,
  scenario: Scenario<C>,
  bounds: SearchBounds = {},
): Sweep<Searched> {
  const crowded = new Set<string>()
  let runsBefore = 0
  for (;;) {
    const search: Search<C> = new Search(subject, scenario, bounds, crowded)
    let isCrowded = false
    while (!isCrowded && search.hasNext && bounds.stop?.(runsBefore + search.runs) !== true) {
      search.play()
      isCrowded = crowded.size > search.crowdedAtFirst
      yield { runs: runsBefore + search.runs, of: undefined }
    }
    // What was taken for independent is not: from the beginning.
    if (!isCrowded) return search.result(runsBefore)
    runsBefore += search.runs
  }
}

/** A step on the present schedule, and what else there is to try in its place. */
interface Node {
  readonly step: Walked
  chosen: Candidate
  readonly wanted: Set<number>
  /** What has been tried here or is asleep. */
  readonly over: Map<number, Access>
}

class Search<C> {
  runs = 0
  hasNext = true
  readonly crowdedAtFirst: number
  private readonly subject: Subject<C>
  private readonly scenario: Scenario<C>
  private readonly crowded: Set<string>
  private readonly accesses: Accesses
  private readonly reduces: boolean
  private readonly untilUs: number
  private readonly chaosUntilUs: number
  private readonly order = new PartialOrder()
  private nodes: Node[] = []
  private script: number[] = []
  private asleep: ReadonlyMap<number, Access> = new Map()
  private redundant = 0
  private longest = 0
  private readonly forms = new Set<number>()
  private readonly failed = new Set<number>()
  private readonly broken = new Map<string, { schedules: Set<number>; examples: Broken[] }>()

  constructor(subject: Subject<C>, scenario: Scenario<C>, bounds: SearchBounds, crowded: Set<string>) {
    this.subject = subject
    this.scenario = { ...scenario, profile: { ...scenario.profile, faults: {}, stretch: 1 } }
    this.crowded = crowded
    this.crowdedAtFirst = crowded.size
    this.accesses = new Accesses(scenario, crowded)
    this.reduces = bounds.reduction !== 'none'
    this.untilUs = Math.min(chaosEndsUs(scenario), (bounds.untilMs ?? Number.POSITIVE_INFINITY) * 1000)
    this.chaosUntilUs = chaosEndsUs(scenario) + MARGIN_US
  }

  play(): void {
    const walk = new Walk(this.script, this.asleep, this.accesses, this.untilUs)
    this.runs++
    const run = this.walked(walk)
    this.extend(walk.steps)
    if (run === undefined) this.redundant++
    else this.count(run, walk)
    this.advance()
  }

  /** Undefined where the run was given up. */
  private walked(walk: Walk): Run<C> | undefined {
    const overrides = new Map([[keyOf('world', 'chaos'), this.chaosUntilUs]])
    try {
      return simulateNow(this.subject, this.scenario, {
        strategy: walk,
        choices: { kind: 'record', overrides, delays: 'free' },
      })
    } catch (error) {
      if (error instanceof Redundant) return undefined
      throw error
    }
  }

  /** Takes over what is new of a schedule, and asks for the other order wherever two new or old steps raced. */
  private extend(steps: readonly Walked[]): void {
    for (const step of steps.slice(this.order.length)) {
      if (this.nodes.length === this.order.length) this.nodes.push(this.nodeOf(step))
      for (const race of this.order.add(step)) if (this.reduces) this.reverse(race)
    }
    for (const server of this.order.crowded(this.scenario.profile.poolSize)) this.crowded.add(server)
  }

  private nodeOf(step: Walked): Node {
    const wanted = this.reduces ? [step] : step.enabled
    return { step, chosen: step, wanted: new Set(wanted.map(({ id }) => id)), over: new Map(step.asleep) }
  }

  private reverse({ at, initials }: Race): void {
    const { wanted, over, step } = this.nodes[at]!
    if (initials.some(({ id }) => wanted.has(id) || over.has(id))) return
    const possible = initials.find(({ id }) => step.enabled.some((one) => one.id === id))
    if (possible === undefined) throw new Error('a race that cannot be turned round is none')
    wanted.add(possible.id)
  }

  private count(run: Run<C>, walk: Walk): void {
    const { form } = this.order
    this.longest = Math.max(this.longest, walk.steps.length)
    this.forms.add(form)
    if (run.failures.length === 0) return
    this.failed.add(form)
    for (const { invariant } of run.failures) {
      const known = this.broken.get(invariant) ?? { schedules: new Set(), examples: [] }
      this.broken.set(invariant, known)
      if (!known.schedules.has(form) && known.examples.length < EXAMPLES_MAX)
        known.examples.push(brokenBy(this.subject, run))
      known.schedules.add(form)
    }
  }

  /** Goes back to the latest step in whose place something else is to be tried. */
  private advance(): void {
    const { nodes } = this
    for (let node = nodes.at(-1); node !== undefined; nodes.pop(), node = nodes.at(-1)) {
      node.over.set(node.chosen.id, node.chosen.access)
      const { wanted, over } = node
      const next = node.step.enabled.find(({ id }) => wanted.has(id) && !over.has(id))
      if (next === undefined) continue
      node.chosen = next
      this.order.cut(nodes.length - 1)
      this.script = nodes.map(({ chosen }) => chosen.id)
      this.asleep = this.reduces ? stillAsleep(over, next.access) : new Map()
      return
    }
    this.hasNext = false
  }

  result(runsBefore: number): Searched {
    const broken = [...this.broken].map(([invariant, { schedules, examples }]) => ({
      invariant,
      schedules: schedules.size,
      examples,
    }))
    return {
      runs: runsBefore + this.runs,
      redundant: runsBefore + this.redundant,
      schedules: this.forms.size,
      failed: this.failed.size,
      broken,
      isComplete: !this.hasNext,
      untilMs: this.untilUs / 1000,
      longest: this.longest,
    }
  }
}
