/**
 * Jobs per second end to end, for `true`, beside the bare cost of spawning it at the same concurrency. The two take turns
 * in processes of their own, so that whatever else the machine does meets both.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from '../src/explore/index.ts'
import { heading, printTable } from './format.ts'

const ROUNDS = 5
const JOBS = 600
const MANY = 10_000
const concurrencies = [1, 4, 8] as const
const script = fileURLToPath(new URL('./jobsArm.ts', import.meta.url))

interface Played {
  readonly perSecond: number
  /** Resident MB at every tenth of the jobs. */
  readonly memories?: readonly number[]
}

export async function jobs(): Promise<void> {
  heading(`jobs per second for /bin/true, beside bare spawns; medians of ${ROUNDS} rounds of ${JOBS}, with the range`)
  const rows: string[][] = []
  for (const concurrency of concurrencies) {
    const ratios: number[] = []
    const rates: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await play('bare', JOBS, concurrency)
      const jobs = await play('jobs', JOBS, concurrency)
      ratios.push(bare.perSecond / jobs.perSecond)
      rates.push(jobs.perSecond)
    }
    const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
    rows.push([String(concurrency), median(ratios).toFixed(2), range, median(rates).toFixed(0)])
  }
  printTable(['at the same time', 'times the bare cost', 'range', 'jobs/s here'], rows)
  const { memories = [] } = await play('jobs', MANY, 4)
  console.log(`  memory over ${MANY} jobs, at every tenth: ${memories.join(', ')} MB`)
}

async function play(arm: 'bare' | 'jobs', count: number, concurrency: number): Promise<Played> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, arm, String(count), String(concurrency)])
  return JSON.parse(stdout) as Played
}
