/** Columns that line up, whatever their cells are painted with. */
import { stripVTControlCharacters } from 'node:util'

export type Side = 'left' | 'right'

const GAP = '  '

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length
}

function pad(cell: string, width: number, side: Side): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return side === 'right' ? space + cell : cell + space
}

/** One line per row. Columns are as wide as their widest cell; those that `sides` does not name are set left. */
export function table(rows: readonly (readonly string[])[], sides: readonly Side[] = [], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
  return rows.map((row) => {
    const cells = row.map((cell, column) => pad(cell, widths[column]!, sides[column] ?? 'left'))
    return (indent + cells.join(GAP)).trimEnd()
  })
}

/** Breaks a sentence into lines of at most `width` characters, between words; longer words stand alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
