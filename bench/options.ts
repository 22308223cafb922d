/** What the benchmarks are told on the command line. */
import { parseArgs } from 'node:util'
import { subjects } from '../src/subjects/index.ts'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'
import type { StrategiesOptions } from './strategies.ts'

export interface StrandsOptions {
  /** Per defect. */
  readonly scenarios: number
  /** How many hunts the median of scenarios to the first find is taken over. */
  readonly seeds: number
  readonly only: string | undefined
}

export interface Options extends StrandsOptions, Omit<StrategiesOptions, 'seeds' | 'scenarios' | 'only'> {
  readonly parts: {
    readonly micro: boolean
    readonly strands: boolean
    readonly strategies: boolean
    readonly shrinking: boolean
    readonly speed: boolean
    readonly jobs: boolean
  }
}

/** Ends the process with 2 and one sentence where something is wrong. */
export function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        scenarios: { type: 'string', default: '300' },
        seeds: { type: 'string', default: '5' },
        only: { type: 'string' },
        micro: { type: 'boolean', default: false },
        strands: { type: 'boolean', default: false },
        strategies: { type: 'boolean', default: false },
        shrinking: { type: 'boolean', default: false },
        speed: { type: 'boolean', default: false },
        jobs: { type: 'boolean', default: false },
        mix: { type: 'boolean', default: false },
        shard: { type: 'string', default: '1/1' },
      },
    })
    const { micro, strands, strategies, shrinking, speed, jobs, mix, only } = values
    const all = !micro && !strands && !strategies && !shrinking && !speed && !jobs
    const names = all || strands ? ['as it is', ...Object.keys(orchestrator.defects)] : everyName()
    if (only !== undefined && !names.includes(only)) throw new Error(`--only ${only}: one of ${names.join(', ')}`)
    return {
      parts: {
        micro: micro || (all && only === undefined),
        strands: strands || all,
        strategies,
        shrinking,
        speed,
        jobs,
      },
      mix,
      shard: shardOf(values.shard),
      scenarios: positive('--scenarios', values.scenarios),
      seeds: positive('--seeds', values.seeds),
      only,
    }
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

/** Of subjects and of their defects. */
function everyName(): string[] {
  return Object.entries(subjects).flatMap(([name, { defects = {} }]) => [name, ...Object.keys(defects)])
}

function shardOf(text: string): { nth: number; of: number } {
  const [nth = 0, of = 0] = /^\d+\/\d+$/.test(text) ? text.split('/').map(Number) : []
  if (nth < 1 || nth > of) throw new Error(`--shard takes i/n, not '${text}'`)
  return { nth, of }
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${flag} takes a whole number from 1, not '${text}'`)
  return value
}
