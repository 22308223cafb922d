/**
 * How small failures become: for every defect and some seeds the first failure of the default portfolio, made small and
 * explained within ten seconds of the processor. One line of JSON per failure.
 */
import { explain, fromMacrotask, type Run, runCampaign, type Subject, shrink } from '../src/explore/index.ts'
import { constraintsOf } from '../src/report/constraints.ts'
import { subjects } from '../src/subjects/index.ts'
import type { StrategiesOptions } from './strategies.ts'

const SCENARIOS_MAX = 3_000
const MS_MAX = 10_000

export interface ShrunkFailure {
  readonly subject: string
  readonly defect: string
  readonly invariant: string
  readonly commands: readonly [before: number, after: number]
  readonly choices: readonly [before: number, after: number]
  /** Sentences in which it is told: faults, and orders or delays. */
  readonly constraints: number
  readonly orders: number | null
  readonly kept: number
  readonly failed: number
  readonly runs: number
  readonly seconds: number
}

export async function shrinking({
  seeds,
  only,
  shard,
}: Pick<StrategiesOptions, 'seeds' | 'only' | 'shard'>): Promise<void> {
  const defects = Object.entries(subjects as Record<string, Subject<unknown>>).flatMap(([subject, { defects = {} }]) =>
    Object.values(defects).map((defect) => ({ subject, defect })),
  )
  const wanted = defects.filter(({ subject, defect }) => only === undefined || only === subject || only === defect.name)
  for (const [at, { subject, defect }] of wanted.entries()) {
    if (at % shard.of !== shard.nth - 1) continue
    const { mutant, family, breaks } = defect
    for (let seed = 0; seed < seeds; seed++) {
      let found: { run: Run; invariant: string } | undefined
      await runCampaign(mutant, {
        ...{ seed: `shrinking/${seed}`, family, strategy: undefined, scenarios: SCENARIOS_MAX },
        onRun: (_, run) => {
          const failure = run.failures.find(({ invariant }) => breaks.includes(invariant))
          if (failure !== undefined) found = { run, invariant: failure.invariant }
          return found !== undefined
        },
      })
      if (found === undefined) continue
      const { run, invariant } = found
      const small = await fromMacrotask(() => makeSmall(mutant, run, invariant))
      console.log(JSON.stringify({ subject, defect: defect.name, invariant, ...small } satisfies ShrunkFailure))
    }
  }
}

function makeSmall(subject: Subject<unknown>, run: Run, invariant: string) {
  const begin = process.cpuUsage()
  const spentMs = () => {
    const { user, system } = process.cpuUsage(begin)
    return (user + system) / 1000
  }
  const stop = () => spentMs() > MS_MAX
  const before = run.choices()
  const { scenario, choices: left, runs } = shrink(subject, run.scenario, before, invariant, stop)
  const explanation = explain(subject, scenario, left, invariant, stop)
  const choices = explanation.choices ?? left
  const { orders, kept, failed } = explanation
  return {
    commands: [run.scenario.commands.length, scenario.commands.length] as const,
    choices: [before.size, choices.size] as const,
    constraints: constraintsOf(choices, explanation).length,
    orders: orders?.length ?? null,
    ...{ kept, failed, runs: runs + explanation.runs, seconds: spentMs() / 1000 },
  }
}
