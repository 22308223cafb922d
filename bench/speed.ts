/**
 * Events and scenarios per second of each strategy, with one thread and with two, and the memory that it takes. Ratios to
 * the random walk on one thread, played in the same minutes: on a noisy machine nothing else means anything.
 */
import { playPlan } from '../src/cli/fleet.ts'
import { planOf } from '../src/cli/plan.ts'
import { median, strategies } from '../src/explore/index.ts'
import { heading, printTable } from './format.ts'

const ROUNDS = 3
const sizes: Readonly<Record<string, number>> = { orchestrator: 250, canary: 3_000 }
/** Threads take a while to start: what they bring shows in longer campaigns. */
const LONGER = 8

interface Arm {
  readonly name: string
  readonly strategy: string | undefined
  readonly jobs: number
  readonly longer: number
}

const arms: readonly Arm[] = [
  ...Object.keys(strategies).map((strategy) => ({ name: strategy, strategy, jobs: 1, longer: 1 })),
  { name: 'default', strategy: undefined, jobs: 1, longer: 1 },
  { name: 'default, long', strategy: undefined, jobs: 1, longer: LONGER },
  { name: 'default, long', strategy: undefined, jobs: 2, longer: LONGER },
]

export async function speed(): Promise<void> {
  for (const [subject, scenarios] of Object.entries(sizes)) {
    heading(`${subject}: scenarios per second, as ratios to random on one thread; medians of ${ROUNDS}, with the range`)
    const rates = new Map(arms.map((arm) => [arm, [] as number[]]))
    for (let round = 0; round < ROUNDS; round++)
      for (const arm of arms) rates.get(arm)!.push(await rateOf(subject, arm, scenarios * arm.longer))
    const yardstick = median(rates.get(arms[0]!)!)
    const rows = arms.map((arm) => {
      const all = rates.get(arm)!.map((rate) => rate / yardstick)
      const range = `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`
      return [arm.name, String(arm.jobs), median(all).toFixed(2), range]
    })
    printTable(['', 'threads', 'ratio', 'range'], rows)
    console.log(`  ${arms[0]!.name} on one thread: ${yardstick.toFixed(0)} scenarios/s here`)
  }
  console.log(`\npeak memory of this process with its threads: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
}

async function rateOf(subject: string, { strategy, jobs }: Arm, scenarios: number): Promise<number> {
  const draw = { seed: 'speed', family: undefined, strategy }
  const plan = planOf({ subject, defect: undefined }, draw, scenarios, 'never')
  const { tally, seconds } = await playPlan(plan, { jobs, signal: new AbortController().signal })
  return tally.scenarios / seconds
}
