/**
 * What two runs told, line against line: a longest common subsequence. Two lines are the same if the same actor said the
 * same, whenever it was. Times within what they said do not count either, since every delay moves all that comes after it;
 * but how long a fault lasts is a choice and counts.
 */
import type { Told } from './run.ts'

export interface DiffLine {
  /** `same` lines are those of the failing run. */
  readonly kind: 'same' | 'failing' | 'passing'
  readonly line: Told
}

/** Beyond so many lines on a side, counted from where the two part, lines are no longer matched. */
const MATCHED_MAX = 2_000
/** Who says what came of something. All others speak of what they met, faults included. */
const reporters: ReadonlySet<string> = new Set(['database', 'oracle', 'world'])
const timesIn = /\b\d{10,}\b|\b\d+(?:\.\d+)?(?= ?(?:ms|s|min|h|idle rounds?)\b)/g

export function traceDiff(failing: readonly Told[], passing: readonly Told[]): DiffLine[] {
  const numbers = new Map<string, number>()
  const a = failing.map((line) => numberOf(line, numbers))
  const b = passing.map((line) => numberOf(line, numbers))
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let aEnd = a.length
  let bEnd = b.length
  while (aEnd > head && bEnd > head && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--
    bEnd--
  }
  const line = (kind: DiffLine['kind'], told: Told): DiffLine => ({ kind, line: told })
  const middle = matches(a.slice(head, aEnd).slice(0, MATCHED_MAX), b.slice(head, bEnd).slice(0, MATCHED_MAX))
  const diff = failing.slice(0, head).map((told) => line('same', told))
  let i = head
  let j = head
  for (const [x, y] of [...middle, [aEnd - head, bEnd - head] as const]) {
    while (i < head + x) diff.push(line('failing', failing[i++]!))
    while (j < head + y) diff.push(line('passing', passing[j++]!))
    if (i >= aEnd) continue
    diff.push(line('same', failing[i++]!))
    j++
  }
  return [...diff, ...failing.slice(aEnd).map((told) => line('same', told))]
}

/** How many lines only one of the two has. */
export function distanceOf(diff: readonly DiffLine[]): number {
  return diff.filter(({ kind }) => kind !== 'same').length
}

function numberOf({ actor, text }: Told, numbers: Map<string, number>): number {
  const key = `${actor}\n${reporters.has(actor) ? text.replace(timesIn, '#') : text}`
  const known = numbers.get(key) ?? numbers.size
  numbers.set(key, known)
  return known
}

/** The places of a longest common subsequence, by the table of lengths of all suffixes. */
function matches(a: readonly number[], b: readonly number[]): [number, number][] {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j
      const skipped = Math.max(lengths[at + width]!, lengths[at + 1]!)
      lengths[at] = a[i] === b[j] ? lengths[at + width + 1]! + 1 : skipped
    }
  const found: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) found.push([i++, j++])
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  }
  return found
}
