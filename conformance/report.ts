/** What was compared and what differs: for people as tables, for machines as plain data. */
import { count, type Paint, plural, table } from '../src/report/index.ts'
import type { Divergence, Result } from './campaign.ts'
import type { Family, Row } from './family.ts'
import type { Verdict } from './planted.ts'

const MARK = '>'

/** What a report says of the family itself. */
export type Reading = Pick<Family<unknown>, 'real' | 'legend'>

/** Operation, simulated, real; the first line in which the two sides differ is marked. */
export function sideBySide(rows: readonly Row[], { real, legend }: Reading, paint: Paint): string[] {
  const head = ['', 'operation', 'simulated', real].map((title) => paint('dim', title))
  const explained = legend === undefined ? [] : ['', paint('dim', `  ${legend}`)]
  return [...table([head, ...rows.flatMap((row) => linesOf(row, paint))], [], '  '), ...explained]
}

function linesOf({ operation, simulated, real }: Row, paint: Paint): string[][] {
  const [left, right] = [simulated.split('; '), real.split('; ')]
  const height = Math.max(left.length, right.length)
  const first = left.findIndex((line, at) => line !== right[at])
  const marked = simulated === real ? -1 : first < 0 ? left.length : first
  return Array.from({ length: height }, (_, at) => {
    const cells = [at === marked ? MARK : '', at === 0 ? operation : '', left[at] ?? '', right[at] ?? '']
    return at === marked ? cells.map((cell) => paint('red', cell)) : cells
  })
}

export function divergenceLines(divergence: Divergence, reading: Reading, repeat: string, paint: Paint): string[] {
  const { rows, foundAfter, again, repetitions } = divergence
  const timing = `it came again in ${again} of ${repetitions} repetitions: what comes of it depends on timing`
  return [
    paint('red', `the simulator and the ${reading.real} differ, after ${plural(foundAfter, 'operation')}:`),
    '',
    ...sideBySide(rows, reading, paint),
    '',
    ...(again < repetitions ? [`  ${timing}`] : []),
    `  repeat: ${repeat}`,
  ]
}

export function agreementLine(name: string, result: Result, settled: number): string {
  const { operations, sequences, seconds } = result
  const rate = seconds > 0 ? `, ${count(Math.round(operations / seconds))}/s` : ''
  return `${name}: ${plural(operations, 'operation')} in ${plural(sequences, 'sequence')} without divergence${rate}; ${plural(settled, 'settled divergence')} still settled`
}

export function plantedLines(verdicts: readonly Verdict[], paint: Paint): string[] {
  const head = ['planted mistake', 'sequences', 'operations', 'shrunk to'].map((title) => paint('dim', title))
  const rows = verdicts.map(({ story, found }) =>
    found === undefined
      ? [paint('red', story), paint('red', 'never found'), '', '']
      : [story, count(found.sequences), count(found.operations), count(found.shrunk)],
  )
  const found = verdicts.filter((verdict) => verdict.found !== undefined).length
  return [
    ...table([head, ...rows], ['left', 'right', 'right', 'right']),
    '',
    `${found} of ${plural(verdicts.length, 'planted mistake')} found`,
  ]
}
