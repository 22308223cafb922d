/** Objects that a program gives: which fields they may have, and what each of them may hold. */
import type { Check } from './checks.ts'
import { SpecError, shown } from './specError.ts'

export type Fields = Readonly<Record<string, Check>>

/** A copy of what was given, without what is undefined. Throws SpecError, also for a field that nobody knows. */
export function checkedFields<T extends object>(what: string, given: T, fields: Fields): T {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  for (const [field, value] of entries) {
    const check = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (check === undefined)
      throw new SpecError(`there is no ${shown(field)} in ${what}: choose among ${Object.keys(fields).join(', ')}`)
    check(value, field)
  }
  return Object.fromEntries(entries) as T
}
