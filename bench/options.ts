/** What the benchmarks are told on the command line. */
import { parseArgs } from 'node:util'
import { orchestrator } from '../src/subjects/orchestrator/index.ts'

export interface StrandsOptions {
  /** Per defect. */
  readonly scenarios: number
  /** How many hunts the median of scenarios to the first find is taken over. */
  readonly seeds: number
  readonly only: string | undefined
}

export interface Options extends StrandsOptions {
  readonly parts: { readonly micro: boolean; readonly strands: boolean }
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
      },
    })
    const { micro, strands, only } = values
    const names = ['as it is', ...Object.keys(orchestrator.defects)]
    if (only !== undefined && !names.includes(only)) throw new Error(`--only ${only}: one of ${names.join(', ')}`)
    const all = !micro && !strands
    return {
      parts: { micro: micro || (all && only === undefined), strands: strands || all },
      scenarios: positive('--scenarios', values.scenarios),
      seeds: positive('--seeds', values.seeds),
      only,
    }
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${flag} takes a whole number from 1, not '${text}'`)
  return value
}
