/** What came of a campaign, for people. */
import type { Paint } from './paint.ts'
import { count, decimal, rateCells, rateOf } from './rate.ts'
import { type Counts, nameOf, type Result } from './result.ts'
import { type Side, table } from './table.ts'

const INDENT = '  '
const SITUATIONS_SHOWN = 12
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
    lines.push(
      `${INDENT}with 95 % confidence fewer than ${decimal(high)} scenarios in a thousand fail in this way of drawing them`,
    )
  return [...lines, ...situations(result, paint)]
}

/** How often the interesting situations were reached: a hunt that never saw a crash says nothing about crashes. */
function situations({ sometimes, scenarios }: Result, paint: Paint): string[] {
  if (sometimes.length === 0) return []
  const shown = sometimes.slice(0, SITUATIONS_SHOWN).map(({ name, hits }) => `${name} ${percent(hits, scenarios)}`)
  const more = sometimes.length - shown.length
  const rest = more > 0 ? [`and ${more} more (--json lists them)`] : []
  return [paint('dim', `${INDENT}went through: ${[...shown, ...rest].join(', ')}`)]
}

function percent(hits: number, scenarios: number): string {
  const share = (100 * hits) / scenarios
  return `${share >= 10 ? share.toFixed(0) : share >= 0.1 ? share.toFixed(1) : '<0.1'} %`
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
    `${INDENT}${nameOf(other)} : ${nameOf(one)} = ${ratio(other, one, 'strands')} in strands, ${ratio(other, one, 'violations')} in violations`,
  ]
}

function ratio(one: Counts, other: Counts, what: 'strands' | 'violations'): string {
  const value = ratioOf(one, other, what)
  if (value !== undefined) return decimal(value)
  return one[what] === 0 ? 'none in either' : `${count(one[what])} to none`
}

/** Undefined where the second has none: no number is honest there. */
export function ratioOf(one: Counts, other: Counts, what: 'strands' | 'violations'): number | undefined {
  if (other[what] === 0 || one.scenarios === 0) return undefined
  return one[what] / one.scenarios / (other[what] / other.scenarios)
}
