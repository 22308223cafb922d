/** What the harness remembers of one run: made when it is first asked for, and gone with the run. */
import type { View } from '../../explore/index.ts'

export function perRun<T>(make: () => T): (view: View) => T {
  const all = new WeakMap<View, { readonly value: T }>()
  return (view) => {
    const known = all.get(view) ?? { value: make() }
    all.set(view, known)
    return known.value
  }
}
