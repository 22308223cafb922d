/** What was compared and what differs: for people as tables, for machines as plain data. */
import { count, type Paint, plural, table } from '../src/report/index.ts'
import type { Divergence, Result } from './campaign.ts'
import type { Row } from './family.ts'
import type { Verdict } from './planted.ts'

const MARK = '>'
const LEGEND =
  '#n is the nth process that was born: its state, pid/parent/group/session, how it ended, + what is pending'

/** Operation, simulated, kernel; the first line in which the two sides differ is marked. */
export function sideBySide(rows: readonly Row[], paint: Paint): string[] {
  const head = ['', 'operation', 'simulated', 'kernel'].map((title) => paint('dim', title))
  return [...table([head, ...rows.flatMap((row) => linesOf(row, paint))], [], '  '), '', paint('dim', `  ${LEGEND}`)]
}

function linesOf({ operation, simulated, kernel }: Row, paint: Paint): string[][] {
  const [left, right] = [simulated.split('; '), kernel.split('; ')]
  const height = Math.max(left.length, right.length)
  const first = left.findIndex((line, at) => line !== right[at])
  const marked = simulated === kernel ? -1 : first < 0 ? left.length : first
  return Array.from({ length: height }, (_, at) => {
    const cells = [at === marked ? MARK : '', at === 0 ? operation : '', left[at] ?? '', right[at] ?? '']
    return at === marked ? cells.map((cell) => paint('red', cell)) : cells
  })
}

export function divergenceLines(divergence: Divergence, repeat: string, paint: Paint): string[] {
  const { rows, foundAfter, again, repetitions } = divergence
  const timing = `it came again in ${again} of ${repetitions} repetitions: what comes of it depends on timing`
  return [
    paint('red', `the simulator and the kernel differ, after ${plural(foundAfter, 'operation')}:`),
    '',
    ...sideBySide(rows, paint),
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
