/** Medians and their spread, by tinybench. */
import { Bench, type Fn } from 'tinybench'
import { fromMacrotask } from '../src/explore/index.ts'

const TIME_MS = 400
const WARMUP_MS = 100
const given = { time: TIME_MS, warmupTime: WARMUP_MS, throws: true } as const

export interface Measured {
  readonly name: string
  /** Median of one call, in nanoseconds. */
  readonly medianNs: number
  readonly meanNs: number
  /** Median absolute deviation, as a share of the median. */
  readonly spread: number
}

/** Synchronous functions, called from a macrotask: runs of the simulator settle promises themselves. */
export function measureSync(functions: Readonly<Record<string, Fn>>): Promise<Measured[]> {
  const bench = benchOf(functions)
  return fromMacrotask(() => bench.runSync().map(measured))
}

/** Asynchronous functions too; `before` each call comes what it needs, unmeasured. */
export async function measure(functions: Readonly<Record<string, Fn>>, before?: () => void): Promise<Measured[]> {
  const tasks = await benchOf(functions, before).run()
  return tasks.map(measured)
}

function benchOf(functions: Readonly<Record<string, Fn>>, beforeEach?: () => void): Bench {
  const bench = new Bench(given)
  for (const [name, work] of Object.entries(functions)) bench.add(name, work, beforeEach ? { beforeEach } : {})
  return bench
}

function measured({ name, result }: Bench['tasks'][number]): Measured {
  if (result.state !== 'completed') throw new Error(`${name} was not measured: ${result.state}`)
  const { p50, mean, mad } = result.latency
  return { name, medianNs: p50 * 1e6, meanNs: mean * 1e6, spread: mad / p50 }
}
