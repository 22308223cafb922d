/**
 * Makes the tables of docs/strategies.md out of what `bench --strategies` and `bench --shrinking` have printed:
 *
 *   node bench/tables.ts cells.jsonl shrunk.jsonl … > tables.md
 */
import { readFileSync } from 'node:fs'
import { exactInterval, median } from '../src/explore/index.ts'
import type { ShrunkFailure } from './shrinking.ts'
import { type Cell, medianFirst } from './strategies.ts'

type Line = Cell | ShrunkFailure

const lines = process.argv
  .slice(2)
  .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line) as Line)
const cells = lines.filter((line): line is Cell => 'arm' in line)
const shrunk = lines.filter((line): line is ShrunkFailure => 'commands' in line)

const inFamily = cells.filter(({ family }) => family !== 'all')
const armNames = [...new Set(inFamily.map(({ arm }) => arm))]
const subjectNames = [...new Set(inFamily.map(({ subject }) => subject))]

function rate({ found, scenarios }: Pick<Cell, 'found' | 'scenarios'>): number {
  return (1000 * found) / scenarios
}

/** For means of logarithms: where nothing was found, half a find. */
function floored(cell: Cell): number {
  return rate({ ...cell, found: Math.max(cell.found, 0.5) })
}

function digits(value: number): string {
  return value >= 10 ? value.toFixed(0) : value === 0 ? '–' : value.toPrecision(2)
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([line(head), line(head.map((_, at) => (at === 0 ? '---' : '--:'))), ...rows.map(line), ''].join('\n'))
}

function defectsOf(subject: string): string[] {
  return [...new Set(inFamily.filter((cell) => cell.subject === subject).map(({ defect }) => defect))]
}

function cellOf(subject: string, defect: string, arm: string): Cell | undefined {
  return inFamily.find((cell) => cell.subject === subject && cell.defect === defect && cell.arm === arm)
}

function ratesOf(subject: string): void {
  console.log(`### ${subject}: finds per thousand scenarios\n`)
  const rows = defectsOf(subject).map((defect) => [
    defect,
    ...armNames.map((arm) => {
      const cell = cellOf(subject, defect, arm)
      return cell === undefined ? '' : digits(rate(cell))
    }),
  ])
  const complete = defectsOf(subject).filter((defect) => armNames.every((arm) => cellOf(subject, defect, arm)))
  const over = (arm: string, of: (cell: Cell) => number) => complete.map((defect) => of(cellOf(subject, defect, arm)!))
  const geometric = armNames.map((arm) =>
    digits(Math.exp(over(arm, (cell) => Math.log(floored(cell))).reduce((a, b) => a + b, 0) / complete.length)),
  )
  const missed = armNames.map((arm) => String(over(arm, rate).filter((value) => value === 0).length))
  markdown(['', ...armNames], [...rows, ['**geometric mean**', ...geometric], ['not found', ...missed]])
}

function huntsOf(subject: string): void {
  console.log(`### ${subject}: hunts with the default portfolio\n`)
  const rows = defectsOf(subject).flatMap((defect) => {
    const own = cellOf(subject, defect, 'default')
    if (own === undefined) return []
    const mixed = cells.find((cell) => cell.subject === subject && cell.defect === defect && cell.family === 'all')
    const { low, high } = exactInterval(own.found, own.scenarios)
    const words = (cell: Cell | undefined) =>
      cell === undefined ? '' : `${medianFirst(cell) ?? 'none'} (${cell.found} of ${cell.seeds})`
    return [
      [
        defect,
        own.family,
        `${digits(rate(own))} [${digits(1000 * low)}, ${digits(1000 * high)}]`,
        words(own),
        words(mixed),
      ],
    ]
  })
  markdown(['', 'family', 'per thousand', 'median to first, family', 'median to first, mix'], rows)
}

/** Ratios of the default portfolio to each other arm in finds per scenario, defect by defect. */
function comparison(): void {
  console.log('### The default portfolio beside each arm\n')
  const rows = armNames
    .filter((arm) => arm !== 'default')
    .map((arm) => [
      arm,
      ...[...subjectNames, undefined].map((subject) => {
        const ratios = inFamily
          .filter((cell) => cell.arm === 'default' && (subject === undefined || cell.subject === subject))
          .flatMap((own) => {
            const other = cellOf(own.subject, own.defect, arm)
            return other === undefined ? [] : [floored(own) / floored(other)]
          })
        return digits(Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length))
      }),
    ])
  markdown(['geometric mean of ratios', ...subjectNames, 'all'], rows)
}

function sizes(): void {
  console.log('### Failures made small and explained\n')
  const rows = [...new Set(shrunk.map(({ subject }) => subject))].map((subject) => {
    const own = shrunk.filter((one) => one.subject === subject)
    const middle = (of: (one: ShrunkFailure) => number) => digits(median(own.map(of)))
    const worst = (of: (one: ShrunkFailure) => number) => digits(Math.max(...own.map(of)))
    const share = (holds: (one: ShrunkFailure) => boolean) =>
      `${((100 * own.filter(holds).length) / own.length).toFixed(0)} %`
    return [
      subject,
      String(own.length),
      `${middle(({ commands }) => commands[0])} → ${middle(({ commands }) => commands[1])} (${worst(({ commands }) => commands[1])})`,
      `${middle(({ choices }) => choices[0])} → ${middle(({ choices }) => choices[1])} (${worst(({ choices }) => choices[1])})`,
      `${middle(({ constraints }) => constraints)} (${worst(({ constraints }) => constraints)})`,
      `${middle(({ runs }) => runs)} (${worst(({ runs }) => runs)})`,
      share(({ commands, seconds }) => commands[1] <= 5 && seconds <= 10),
      share(({ constraints }) => constraints <= 5),
      share(({ orders }) => orders !== null),
    ]
  })
  const head = [
    'failures',
    'commands',
    'choices',
    'constraints',
    'runs',
    '≤ 5 commands in 10 s',
    '≤ 5 constraints',
    'explained by orders',
  ]
  markdown(['median (worst)', ...head], rows)
}

if (inFamily.length > 0) {
  for (const subject of subjectNames) ratesOf(subject)
  comparison()
  for (const subject of subjectNames) huntsOf(subject)
}
if (shrunk.length > 0) sizes()
