/** What a campaign went through, what it never reached, and whether it still met anything new: for people. */
import type { Paint } from './paint.ts'
import { count } from './rate.ts'
import type { Discovery, DiscoveryPoint, Result } from './result.ts'
import { wrap } from './table.ts'

const INDENT = '  '
const FAULT = 'fault '
const SITUATIONS_SHOWN = 16
const WIDTH = 104
/** Behaviours are steps that meet at a thing: where nothing is declared, nothing can be said. */
const NOBODY_MET = 'no two steps met at a declared thing, so nothing is known of new behaviours: name what tasks touch'
const BARS = '▁▂▃▄▅▆▇█'
/** Below so many stretches a curve has no shape. */
const STRETCHES_MIN = 4
/** The last quarter of a campaign brought less than this share of all that is known. */
const FLAT = 0.01
const FLATTENING = 0.1

/** How often the interesting situations were reached: a hunt that never saw a crash says nothing about crashes. */
export function situationLines({ sometimes, scenarios }: Result, paint: Paint): string[] {
  const shares = (wanted: boolean) =>
    sometimes
      .filter(({ name }) => name.startsWith(FAULT) === wanted)
      .map(({ name, hits }) => `${wanted ? name.slice(FAULT.length) : name} ${percent(hits, scenarios)}`)
  const lines = (title: string, words: readonly string[]) => {
    const more = words.length - SITUATIONS_SHOWN
    const shown = [...words.slice(0, SITUATIONS_SHOWN), ...(more > 0 ? [`${more} more`] : [])]
    return words.length === 0 ? [] : wrap(`${title} ${shown.join(', ')}`, WIDTH)
  }
  return [...lines('faults that struck:', shares(true)), ...lines('situations reached:', shares(false))].map((line) =>
    paint('dim', INDENT + line),
  )
}

/** What could be reached, is expected, and was not; and the curve of what was new. */
export function coverageLines({ neverReached, discovery }: Result, paint: Paint): string[] {
  const never = neverReached.length === 0 ? [] : wrap(`never reached: ${neverReached.join(', ')}`, WIDTH)
  const curve = discovery.curve.length === 0 ? [] : [discoveryLine(discovery)]
  return [...never.map((line) => INDENT + paint('yellow', line)), ...curve.map((line) => paint('dim', INDENT + line))]
}

/** What `--require-sometimes` says; nothing where all was reached. */
export function unmetSentence({ neverReached }: Pick<Result, 'neverReached'>): string | undefined {
  const { length } = neverReached
  if (length === 0) return undefined
  const what = length === 1 ? 'a situation was' : `${count(length)} situations were`
  return `--require-sometimes: ${what} never reached (${neverReached.join(', ')}): play more scenarios, or other families`
}

export function discoveryLine({ curve, isCapped, within }: Discovery): string {
  if (curve.every(({ newBehaviours }) => newBehaviours === 0)) return NOBODY_MET
  const rates = curve.map(perThousand)
  const first = count(Math.round(rates[0]!))
  const last = count(Math.round(rates.at(-1)!))
  const to = within === 'shard' ? ' (new to their shard)' : ''
  const end = isCapped ? 'more than are kept, so the curve ends here' : shapeOf(curve)
  return `new behaviours per thousand scenarios${to}: ${first} at first, ${last} at last ${sparkline(rates)} ${end}`
}

function perThousand({ scenarios, newBehaviours }: DiscoveryPoint): number {
  return (1_000 * newBehaviours) / scenarios
}

function sparkline(rates: readonly number[]): string {
  const highest = Math.max(1, ...rates)
  return rates.map((rate) => BARS[Math.ceil((rate / highest) * (BARS.length - 1))]).join('')
}

/** Has it flattened? Judged by what the last quarter of the campaign brought. */
export function shapeOf(curve: readonly DiscoveryPoint[]): string {
  if (curve.length < STRETCHES_MIN) return 'too few scenarios to say whether it flattens'
  const sum = (points: readonly DiscoveryPoint[]) =>
    points.reduce((total, { newBehaviours }) => total + newBehaviours, 0)
  const late = sum(curve.slice(-Math.ceil(curve.length / 4)))
  if (late <= FLAT * sum(curve)) return 'flattened'
  return late <= FLATTENING * sum(curve) ? 'flattening' : 'still rising: play more'
}

function percent(hits: number, scenarios: number): string {
  const share = (100 * hits) / scenarios
  return `${share >= 10 ? share.toFixed(0) : share >= 0.1 ? share.toFixed(1) : '<0.1'}%`
}
