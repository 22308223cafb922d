/** Rates per thousand scenarios, never without their interval. */
import { exactInterval } from '../explore/index.ts'

export interface Rate {
  readonly perThousand: number
  /** The exact interval of Clopper and Pearson, per thousand. */
  readonly low: number
  readonly high: number
  readonly confidence: number
}

export function rateOf(hits: number, trials: number): Rate {
  const { low, high, confidence } = exactInterval(hits, trials)
  const perThousand = trials === 0 ? 0 : (1000 * hits) / trials
  return { perThousand, low: 1000 * low, high: 1000 * high, confidence }
}

/** Three digits that matter: 0, 0.046, 4.61, 46.1, 461. */
export function decimal(value: number): string {
  if (value === 0) return '0'
  if (value >= 100) return value.toFixed(0)
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 scenario`, `2,000 scenarios`. */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** As the cells of two columns: the rate, and its interval. */
export function rateCells(hits: number, trials: number): [string, string] {
  if (trials === 0) return ['–', '']
  const { perThousand, low, high } = rateOf(hits, trials)
  return [decimal(perThousand), `[${decimal(low)}, ${decimal(high)}]`]
}

/** `25 %, between 15 and 38 %`: with 95 % confidence. */
export function exactShare(hits: number, trials: number): string {
  const { perThousand, low, high } = rateOf(hits, trials)
  const percent = (rate: number) => (rate / 10).toFixed(0)
  return `${percent(perThousand)} %, with 95 % confidence between ${percent(low)} and ${percent(high)} %`
}
