/** Where a replay left the recorded way, and the steps of a run by name. */
import type { Step } from '../explore/index.ts'
import type { Replayed } from './json.ts'
import type { Paint } from './paint.ts'
import { table } from './table.ts'

const MISSING_SHOWN = 3
const INDENT = '  '

/** Nothing where every recorded step was taken again. */
export function divergenceLines({ divergence, choices, missing }: Replayed, paint: Paint): string[] {
  if (divergence === undefined) return []
  const { at, of, expected, came, atUs } = divergence
  const instead = came === undefined ? 'but the run had ended' : `but ${came} came`
  const time = `${(atUs / 1_000_000).toFixed(3)} s`
  const lines = [`it took another way at step ${at} of ${of} (${time}): ${expected} was expected, ${instead}`]
  if (missing.length > 0) {
    const more = missing.length > MISSING_SHOWN ? ', …' : ''
    const shown = missing.slice(0, MISSING_SHOWN).join(', ')
    lines.push(`${missing.length} of its ${choices} choices no longer occur: ${shown}${more}`)
  }
  return [...lines, 'the code has changed since the token was made'].map((line) => paint('yellow', line))
}

/** Time and name of each step, as constraints take them. */
export function stepLines(steps: readonly Step[], paint: Paint): string[] {
  const rows = steps.map(({ index, atUs, operation }) => [
    paint('dim', String(index)),
    paint('dim', `${(atUs / 1_000_000).toFixed(6)} s`),
    operation.name,
    paint('dim', operation.footprint.join(' ')),
  ])
  return table(
    [['step', 'time', 'name', 'touches'].map((title) => paint('dim', title)), ...rows],
    ['right', 'right'],
    INDENT,
  )
}
