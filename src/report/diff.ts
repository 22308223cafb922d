/**
 * Two told traces as one: what only the failing run has, what only the passing one has, and a few lines that both have around
 * them. It begins where the two part; what does not fit is counted.
 */
import type { DiffLine } from '../explore/index.ts'
import { clockTime, elided } from './failure.ts'
import type { Paint, Style } from './paint.ts'
import { plural } from './rate.ts'
import { table } from './table.ts'

const CONTEXT = 2
/** Of more lines in a row on one side, the first ones are shown. */
const BLOCK_MAX = 6
const LINES_MAX = 24
const INDENT = '  '

const signs: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', failing: '-', passing: '+' }
const styles: Readonly<Record<DiffLine['kind'], Style>> = { same: 'dim', failing: 'red', passing: 'green' }

/** `-` only in the failing run, `+` only in the passing one; time, who, what. */
export function diffLines(diff: readonly DiffLine[], paint: Paint): string[] {
  if (diff.every(({ kind }) => kind === 'same')) return [`${INDENT}the two tell the same`]
  const head = ['', 'time', 'who', 'what'].map((title) => paint('dim', title))
  const rows = rowsOf(diff, paint)
  const shown = rows.length <= LINES_MAX ? rows : rows.slice(0, LINES_MAX - 1)
  const covered = shown.reduce((sum, { lines }) => sum + lines, 0)
  const rest = diff.slice(covered).filter(({ kind }) => kind !== 'same').length
  const more = rest === 0 ? [] : [note(`… ${plural(rest, 'more different line')}`, paint)]
  return table([head, ...shown.map(({ cells }) => cells), ...more], ['left', 'right'], INDENT)
}

interface Row {
  readonly cells: string[]
  /** How many lines of the diff it stands for. */
  readonly lines: number
}

function rowsOf(diff: readonly DiffLine[], paint: Paint): Row[] {
  const rows: Row[] = []
  for (const [at, block] of blocksOf(diff).entries()) {
    const { kind } = block[0]!
    if (kind === 'same') rows.push(...contextOf(block, at === 0, paint))
    else {
      const left = block.length - BLOCK_MAX
      const shown = left > 1 ? block.slice(0, BLOCK_MAX) : block
      rows.push(...shown.map((line) => rowOf(line, paint)))
      if (left > 1) rows.push({ cells: note(`… ${left} more lines only in the ${kind} run`, paint), lines: left })
    }
  }
  return rows
}

/** Lines in a row that are of one kind. */
function blocksOf(diff: readonly DiffLine[]): DiffLine[][] {
  const blocks: DiffLine[][] = []
  for (const line of diff) {
    const block = blocks.at(-1)
    if (block?.[0]?.kind === line.kind) block.push(line)
    else blocks.push([line])
  }
  return blocks
}

/** Only the last lines of the block before the first difference, the first and last ones between two; the end likewise. */
function contextOf(block: readonly DiffLine[], isFirst: boolean, paint: Paint): Row[] {
  const after = isFirst ? 0 : CONTEXT
  const left = block.length - after - CONTEXT
  if (left <= 1) return block.map((line) => rowOf(line, paint))
  const elided = { cells: note(`… ${left} equal lines`, paint), lines: left }
  const row = (line: DiffLine) => rowOf(line, paint)
  return [...block.slice(0, after).map(row), elided, ...block.slice(after + left).map(row)]
}

function rowOf({ kind, line }: DiffLine, paint: Paint): Row {
  const cells = [signs[kind], clockTime(line.atUs), line.actor, elided(line.text)]
  return { cells: cells.map((cell) => paint(styles[kind], cell)), lines: 1 }
}

function note(text: string, paint: Paint): string[] {
  return ['', '', '', paint('dim', text)]
}
