/** What came of a campaign, for people. */
import { coverageLines, situationLines } from './coverage.ts'
import type { Paint } from './paint.ts'
import { count, decimal, plural, rateCells, rateOf } from './rate.ts'
import { type Counts, type NamedCounts, nameOf, type Result } from './result.ts'
import { type Side, table } from './table.ts'

const INDENT = '  '
const sides: readonly Side[] = ['left', 'right', 'right', 'left', 'right', 'left']

function speed({ scenarios, seconds }: Pick<Result, 'scenarios' | 'seconds'>): string {
  const rate = seconds > 0 ? scenarios / seconds : 0
  return `${seconds.toFixed(1)} s, ${count(Math.round(rate))} scenarios/s`
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
  return [...lines, ...stoppedLines(result, paint), ...situationLines(result, paint), ...coverageLines(result, paint)]
}

/** How many scenarios were asked of this shard; undefined where time was the limit. */
export function askedOf({ asked, shard }: Pick<Result, 'asked' | 'shard'>): number | undefined {
  const { nth, of } = shard ?? { nth: 1, of: 1 }
  return asked === undefined ? undefined : Math.ceil((asked - nth + 1) / of)
}

/** Whoever was interrupted must not take the part for the whole. */
function stoppedLines(result: Result, paint: Paint): string[] {
  const asked = askedOf(result)
  if (asked === undefined || result.merged !== undefined || result.scenarios >= asked) return []
  return [
    INDENT + paint('yellow', `stopped early: ${count(result.scenarios)} of ${count(asked)} scenarios were played`),
  ]
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

/** All together, then each strategy and each family: what is pooled is said to be. */
function breakdown(result: Result, paint: Paint): (Counts & { name: string })[] {
  const { strategies, families } = result
  const parts = (kind: string, plural: string, counts: readonly NamedCounts[]) => ({
    title: counts.length === 1 ? `${kind} ${counts[0]!.name}` : `${count(counts.length)} ${plural}`,
    rows: counts.length < 2 ? [] : counts.map((one) => ({ ...one, name: `${kind} ${one.name}` })),
  })
  const strategy = parts('strategy', 'strategies', strategies)
  const family = parts('family', 'families', families)
  const pooled = strategies.length > 1 || families.length > 1 ? 'pooled over ' : ''
  const all = { ...result, name: paint('bold', `${pooled}${strategy.title}, ${family.title}`) }
  return [all, ...strategy.rows, ...family.rows]
}

/** One variant of a subject: pooled, by strategy, by family, then what was broken. */
export function stressLines(result: Result, paint: Paint): string[] {
  const { scenarios, broken } = result
  const names = broken.map(({ name, hits }) => [name, ...rateCells(hits, scenarios)])
  const head = ['broken', 'scenarios in a thousand', '95 % interval'].map((title) => paint('dim', title))
  return [
    `${paint('bold', nameOf(result))}, per thousand scenarios (${speed(result)})`,
    ...stoppedLines(result, paint),
    ...rateTable('', breakdown(result, paint), paint),
    ...(broken.length === 0 ? [] : ['', ...table([head, ...names], ['left', 'right', 'left'], INDENT)]),
    ...blankAbove(coverageLines(result, paint)),
  ]
}

function blankAbove(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines]
}
