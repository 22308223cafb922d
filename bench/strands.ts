/**
 * Strands per thousand: the orchestrator as it is in the mix of all families, and each defect in its own. Found means that
 * an invariant broke which the defect is known to break; the last columns are the scenarios that a hunt needed for that.
 */
import { type Campaign, median, type Run, runCampaign, type Subject, strategies } from '../src/explore/index.ts'
import { rateCells } from '../src/report/rate.ts'
import type { OrchestratorCommand } from '../src/subjects/orchestrator/command.ts'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'
import { heading } from './format.ts'
import type { StrandsOptions } from './options.ts'

/** A hunt that has found nothing in so many scenarios gives up. */
const HUNT_MAX = 2_000
const seed = process.env.STRANDLINE_SEED?.trim() || '20260101'
const strategyNames = Object.keys(strategies)
const widths = [24, 10, 6, 18, 6, 18, ...strategyNames.map(() => 8), 7, 12]

interface Target {
  readonly name: string
  readonly played: Subject<OrchestratorCommand>
  readonly family: string | undefined
  /** Absent: any failure. */
  readonly breaks: readonly string[] | undefined
}

const targets: readonly Target[] = [
  { name: 'as it is', played: orchestrator, family: undefined, breaks: undefined },
  ...Object.values(orchestrator.defects).map(({ name, mutant, family, breaks }) => ({
    name,
    played: mutant,
    family,
    breaks,
  })),
]

export async function strands({ scenarios, seeds, only }: StrandsOptions): Promise<void> {
  heading(
    `strands and violations per thousand scenarios, exact 95 % intervals: ${scenarios} scenarios each, seed ${seed}`,
  )
  line(['', 'family', 'strands', '', 'viol.', '', ...strategyNames, 'first', `of ${seeds} hunts`])
  for (const target of targets)
    if (only === undefined || only === target.name) line(await rowOf(target, scenarios, seeds))
}

function isFound({ breaks }: Target, run: Run): boolean {
  return run.failures.some(({ invariant }) => breaks === undefined || breaks.includes(invariant))
}

async function rowOf(target: Target, scenarios: number, seeds: number): Promise<string[]> {
  const hits = new Map<string, number>()
  const draw = { seed, family: target.family, strategy: undefined }
  const campaign = await runCampaign(target.played, {
    ...draw,
    scenarios,
    onRun: ({ strategy }, run) => {
      if (isFound(target, run)) hits.set(strategy, (hits.get(strategy) ?? 0) + 1)
      return false
    },
  })
  const { strands, violations } = campaign
  const rates = [...rateCells(strands, scenarios), ...rateCells(violations, scenarios)]
  return [
    target.name,
    target.family ?? 'all',
    ...rates,
    ...perStrategy(campaign, hits),
    ...(await firstFinds(target, seeds)),
  ]
}

/** Found per thousand scenarios of each strategy. */
function perStrategy(campaign: Campaign, hits: ReadonlyMap<string, number>): string[] {
  return strategyNames.map((name) => {
    const { scenarios } = campaign.strategies.get(name) ?? { scenarios: 0 }
    return rateCells(hits.get(name) ?? 0, scenarios)[0]
  })
}

/** The median of the scenarios that hunts with different seeds needed, and the range. */
async function firstFinds(target: Target, seeds: number): Promise<[string, string]> {
  if (target.breaks === undefined) return ['', '']
  const needed: number[] = []
  for (let n = 0; n < seeds; n++) {
    let found = false
    const campaign = await runCampaign(target.played, {
      ...{ seed: `${seed}/${n}`, family: target.family, strategy: undefined, scenarios: HUNT_MAX },
      onRun: (_, run) => {
        found = isFound(target, run)
        return found
      },
    })
    needed.push(found ? campaign.scenarios : Number.POSITIVE_INFINITY)
  }
  const words = (value: number) => (Number.isFinite(value) ? String(value) : `>${HUNT_MAX}`)
  return [words(median(needed)), `${words(Math.min(...needed))}–${words(Math.max(...needed))}`]
}

/** Printed as they come: all of them take minutes. */
function line(cells: readonly string[]): void {
  const padded = cells.map((cell, column) =>
    column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
  )
  console.log(`  ${padded.join(' ')}`.trimEnd())
}
