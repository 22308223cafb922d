/** Two variants on the same seeds: what the exact paired test says, for people and for machines. */
import { type Discordance, moreScenarios, pairedPValue, SIGNIFICANCE } from '../explore/index.ts'
import type { Paint } from './paint.ts'
import { count, decimal, rateOf } from './rate.ts'
import { type Counts, nameOf, type Paired, type Result } from './result.ts'
import { rateTable } from './summary.ts'
import { type Side, table } from './table.ts'

const INDENT = '  '
const kinds = ['strands', 'violations', 'failures'] as const
const sides: readonly Side[] = ['left', 'right', 'right', 'right']
const P_SHOWN_MIN = 0.0001

function pText(value: number): string {
  return value < P_SHOWN_MIN ? `< ${P_SHOWN_MIN}` : String(Number(value.toPrecision(2)))
}

/** Two variants on the same seeds. */
export function againstLines(one: Result, other: Result, paired: Paired, paint: Paint): string[] {
  const names = [nameOf(one), nameOf(other)] as const
  const rows = [one, other].map((result) => ({ ...result, name: nameOf(result) }))
  const head = ['in how many scenarios', `only ${names[0]}`, `only ${names[1]}`, 'p-value']
  const body = kinds.map((kind) => {
    const { onlyFirst, onlySecond } = paired[kind]
    return [kind, count(onlyFirst), count(onlySecond), pText(pairedPValue(paired[kind]))]
  })
  return [
    `${paint('bold', 'side by side')}, per thousand scenarios, on the same seeds`,
    ...rateTable('', rows, paint),
    '',
    `${paint('bold', 'the same scenarios compared')}: ${count(paired.failures.scenarios)} that both played, exact test of McNemar, two-sided`,
    ...table([head.map((title) => paint('dim', title)), ...body], sides, INDENT),
    ...kinds.map((kind) => `${INDENT}${kind}: ${verdict(paired[kind], names)}`),
  ]
}

/** What may be said of one kind of failure. */
export function verdict(observed: Discordance, [first, second]: readonly [string, string]): string {
  const { scenarios, onlyFirst, onlySecond } = observed
  if (scenarios === 0) return 'nothing was compared'
  const discordant = onlyFirst + onlySecond
  const bound = `with 95 % confidence fewer than ${decimal(rateOf(discordant, scenarios).high)} in a thousand do`
  if (discordant === 0) return `no scenario tells the two apart; ${bound}`
  if (pairedPValue(observed) < SIGNIFICANCE)
    return `more often in ${onlyFirst > onlySecond ? first : second}, which is no accident`
  if (onlyFirst === onlySecond) return `some tell the two apart, as many here as there; ${bound}`
  const more = moreScenarios(observed)
  if (more === undefined) return 'no difference shown, nor by a thousand million scenarios if they go on like this'
  return `no difference shown; if scenarios go on like this, ${count(more)} more would show one (80 % power)`
}

/** Undefined where the second has none: no number is honest there. */
export function ratioOf(one: Counts, other: Counts, what: 'strands' | 'violations'): number | undefined {
  if (other[what] === 0 || one.scenarios === 0) return undefined
  return one[what] / one.scenarios / (other[what] / other.scenarios)
}

export function pairedJson(paired: Paired) {
  const { scenarios } = paired.failures
  const of = (observed: Discordance) => {
    const { onlyFirst, onlySecond } = observed
    const pValue = pairedPValue(observed)
    return { onlyFirst, onlySecond, pValue, moreScenarios: moreScenarios(observed) ?? null }
  }
  return { scenarios, strands: of(paired.strands), violations: of(paired.violations), failures: of(paired.failures) }
}
