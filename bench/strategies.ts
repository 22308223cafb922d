/**
 * Which strategy finds what: for every defect of the orchestrator, the canary and the toy, and every arm, hunts with so many
 * seeds, each until its first find. Prints one line of JSON per cell, so that a long measurement can be split and resumed;
 * bench/tables.ts makes the tables of docs/strategies.md of them.
 */
import { type Draw, drawScenario, inSlices, median, type Subject } from '../src/explore/index.ts'
import { subjects } from '../src/subjects/index.ts'
import { type Arm, arms } from './arms.ts'

/** A cell in which nothing was found in so many scenarios is given up, whatever seeds are left. */
const BARREN = 600

export interface Cell {
  readonly subject: string
  readonly defect: string
  readonly family: string
  readonly arm: string
  readonly seeds: number
  readonly found: number
  readonly scenarios: number
  /** Scenarios to the first find, per seed; null where none was found. */
  readonly first: readonly (number | null)[]
  readonly seconds: number
  readonly steps: number
}

export interface StrategiesOptions {
  readonly seeds: number
  readonly scenarios: number
  readonly only: string | undefined
  readonly shard: { readonly nth: number; readonly of: number }
  /** In the mix of all families instead of the defect's own; the default portfolio alone. */
  readonly mix: boolean
}

interface Target {
  readonly subject: string
  readonly defect: string
  readonly family: string | undefined
  readonly played: Subject<unknown>
  readonly breaks: readonly string[]
}

const targets: readonly Target[] = Object.entries(subjects as Record<string, Subject<unknown>>).flatMap(
  ([subject, { defects = {} }]) =>
    Object.values(defects).map(({ name, family, mutant, breaks }) => {
      return { subject, defect: name, family, played: mutant, breaks }
    }),
)

export async function strategies({ seeds, scenarios, only, shard, mix }: StrategiesOptions): Promise<void> {
  const wanted = targets.filter(({ subject, defect }) => only === undefined || only === subject || only === defect)
  for (const [at, target] of wanted.entries()) {
    if (at % shard.of !== shard.nth - 1) continue
    for (const arm of mix ? arms.slice(0, 1) : arms) {
      const family = mix ? undefined : target.family
      console.log(JSON.stringify(await cellOf({ ...target, family }, arm, seeds, scenarios)))
    }
  }
}

async function cellOf(target: Target, arm: Arm, seeds: number, most: number): Promise<Cell> {
  const { subject, defect, family } = target
  const first: (number | null)[] = []
  const beginMs = performance.now()
  let scenarios = 0
  let steps = 0
  while (first.length < seeds && (scenarios < BARREN || first.some((one) => one !== null))) {
    const draw: Draw = { seed: `strategies/${first.length}`, family, strategy: undefined }
    const hunted = await hunt(target, arm, draw, most)
    first.push(hunted.found ? hunted.scenarios : null)
    scenarios += hunted.scenarios
    steps += hunted.steps
  }
  const seconds = (performance.now() - beginMs) / 1000
  const found = first.filter((one) => one !== null).length
  return {
    subject,
    defect,
    family: family ?? 'all',
    arm: arm.name,
    seeds: first.length,
    found,
    scenarios,
    first,
    seconds,
    steps,
  }
}

async function hunt({ played, breaks }: Target, arm: Arm, draw: Draw, most: number) {
  let scenarios = 0
  let steps = 0
  let found = false
  await inSlices(() => {
    const run = arm.play(played, drawScenario(played, draw, scenarios))
    scenarios++
    steps += run.steps
    found = run.failures.some(({ invariant }) => breaks.includes(invariant))
    return scenarios < most && !found
  })
  return { scenarios, steps, found }
}

/** Of a cell: the median over its seeds; undefined where half of them found nothing. */
export function medianFirst({ first }: Cell): number | undefined {
  const value = median(first.map((one) => one ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(value) ? value : undefined
}
