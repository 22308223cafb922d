/**
 * What operations touch: `job:7`, `pid:35`, `job:*` for any of a kind, `*` for anything. Two operations conflict if they may
 * touch the same thing: only then does their order matter.
 */

/** `job` of `job:7`. */
export function kindOf(thing: string): string {
  const at = thing.indexOf(':')
  return at < 0 ? thing : thing.slice(0, at)
}

export function sameThing(a: string, b: string): boolean {
  if (a === b || a === '*' || b === '*') return true
  if (!a.endsWith(':*') && !b.endsWith(':*')) return false
  return kindOf(a) === kindOf(b)
}

export function conflicts(a: readonly string[], b: readonly string[]): boolean {
  for (const one of a) for (const other of b) if (sameThing(one, other)) return true
  return false
}
