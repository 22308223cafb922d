/** What a person can get wrong: one sentence that says what was wrong and what to do, exit code 2, no stack trace. */
import { distance } from './distance.ts'

export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** Exit codes, as the documentation promises them. */
export const exitCodes = { clean: 0, found: 1, usage: 2, notDeterministic: 3, internal: 70, interrupted: 130 } as const

const ALIKE = 0.4

/** The known name that was probably meant. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, far }) => far <= ALIKE * Math.max(name.length, candidate.length))
    .toSorted((a, b) => a.far - b.far)
  return best?.candidate
}

/** The entry with this name, or a sentence that says which there are. */
export function named<T>(what: string, name: string, known: Readonly<Record<string, T>>, of = ''): T {
  if (Object.hasOwn(known, name)) return known[name]!
  const names = Object.keys(known)
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : `, did you mean "${meant}"?`
  const list = names.length === 0 ? 'there is none' : `choose ${names.join(', ')}`
  const unknown = `unknown ${what} "${name}"${of === '' ? '' : ` of ${of}`}`
  throw new UsageError(unknown + (hint === '' ? `: ${list}` : `${hint} (${list})`))
}
