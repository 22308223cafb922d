/** What came of a campaign, for people. */
import type { Paint } from './paint.ts'
import { count, decimal, rateCells, rateOf } from './rate.ts'
import { type Counts, nameOf, type Result } from './result.ts'
import { type Side, table, wrap } from './table.ts'

const INDENT = '  '
const FAULT = 'fault '
const SITUATIONS_SHOWN = 16
const WIDTH = 104
const sides: readonly Side[] = ['left', 'right', 'right', 'left', 'right', 'left']

function speed({ scenarios, seconds }: Pick<Result, 'scenarios' | 'seconds'>): string {
  const rate = seconds > 0 ? scenarios / seconds : 0
  return `${seconds.toFixed(1)} s, ${count(Math.round(rate))} scenarios/s`
}

function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** What a hunt that found nothing may claim: the upper end of the interval, and which situations it went through. */
export function nothingFound(result: Result, paint: Paint): string[] {
  const { scenarios } = result
  const { high } = rateOf(0, scenarios)
  const lines = [
    `${paint('green', 'nothing found')}: ${plural(scenarios, 'scenario')} of ${nameOf(result)} without a strand or a violation (${speed(result)})`,
  ]
  if (scenarios > 0)
    lines.push(`${INDENT}with 95 % confidence fewer than ${decimal(high)} in a thousand such scenarios fail`)
  return [...lines, ...situations(result, paint)]
}

/** How often the interesting situations were reached: a hunt that never saw a crash says nothing about crashes. */
function situations({ sometimes, scenarios }: Result, paint: Paint): string[] {
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

function percent(hits: number, scenarios: number): string {
  const share = (100 * hits) / scenarios
  return `${share >= 10 ? share.toFixed(0) : share >= 0.1 ? share.toFixed(1) : '<0.1'}%`
}

/** The line above a story. */
export function foundLine(result: Result, index: number, strategy: string): string {
  return `scenario ${count(index)} failed under strategy ${strategy} after ${plural(result.scenarios, 'scenario')} (${speed(result)})`
}

function rateRow(name: string, { scenarios, strands, violations }: Counts): string[] {
  return [name, count(scenarios), ...rateCells(strands, scenarios), ...rateCells(violations, scenarios)]
}

function rateHead(first: string, paint: Paint): string[] {
  const titles = [first, 'scenarios', 'strands', '95 % interval', 'violations', '95 % interval']
  return titles.map((title) => paint('dim', title))
}

/** Strands and violations per thousand scenarios, one line each. */
export function rateTable(first: string, rows: readonly (Counts & { name: string })[], paint: Paint): string[] {
  const body = rows.map(({ name, ...counts }) => rateRow(name, counts))
  return table([rateHead(first, paint), ...body], sides, INDENT)
}

/** One variant of a subject: all strategies together, then each, then what was broken. */
export function stressLines(result: Result, paint: Paint): string[] {
  const all = { ...result, name: paint('bold', 'all strategies') }
  const strategies = result.strategies.length > 1 ? result.strategies : []
  const { scenarios, broken } = result
  const names = broken.map(({ name, hits }) => [name, ...rateCells(hits, scenarios)])
  const head = ['broken', 'scenarios', '95 % interval'].map((title) => paint('dim', title))
  return [
    `${paint('bold', nameOf(result))}, per thousand scenarios (${speed(result)})`,
    ...rateTable('', [all, ...strategies], paint),
    ...(broken.length === 0 ? [] : ['', ...table([head, ...names], ['left', 'right', 'left'], INDENT)]),
  ]
}

/** Two variants on the same seeds. */
export function againstLines(one: Result, other: Result, paint: Paint): string[] {
  const rows = [one, other].map((result) => ({ ...result, name: nameOf(result) }))
  return [
    `${paint('bold', 'side by side')}, per thousand scenarios, on the same seeds`,
    ...rateTable('', rows, paint),
    ...(['strands', 'violations'] as const).map(
      (what) => `${INDENT}${what}, the second to the first: ${ratio(other, one, what)}`,
    ),
  ]
}

function ratio(one: Counts, other: Counts, what: 'strands' | 'violations'): string {
  const value = ratioOf(one, other, what)
  if (value !== undefined) return `${decimal(value)} to 1`
  return one[what] === 0 ? 'none in either' : `${count(one[what])} to none`
}

/** Undefined where the second has none: no number is honest there. */
export function ratioOf(one: Counts, other: Counts, what: 'strands' | 'violations'): number | undefined {
  if (other[what] === 0 || one.scenarios === 0) return undefined
  return one[what] / one.scenarios / (other[what] / other.scenarios)
}
