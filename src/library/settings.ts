/** What may be given to a worker. */
import { defaultOptions, type Handlers, type Options } from '../system/index.ts'
import { type Check, flag, name, whole } from './checks.ts'
import { SpecError, shown } from './specError.ts'

/** Rounds that follow each other without a pause are nobody's wish. */
const positive: ReadonlySet<string> = new Set(['pollMs', 'reapMs', 'beatMs', 'leaseRounds'])
const CONCURRENCY_MAX = 10_000

const amount =
  (min: number): Check =>
  (value, field) => {
    if (typeof value === 'number' && value >= min) return
    throw new SpecError(`${field} must be a number from ${min}, not ${shown(value)}`)
  }

/** Throws SpecError. */
export function checkedOptions(options: Partial<Options>): Partial<Options> {
  for (const [field, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaultOptions, field))
      throw new SpecError(`there is no option ${shown(field)}: choose among ${Object.keys(defaultOptions).join(', ')}`)
    const usual = defaultOptions[field as keyof Options]
    checkOf(field, typeof usual)(value, field)
  }
  return options
}

function checkOf(field: string, type: string): Check {
  if (type === 'boolean') return flag
  return field === 'maxConcurrency' ? whole(1, CONCURRENCY_MAX) : amount(positive.has(field) ? 1 : 0)
}

export function checkHandlers(handlers: Handlers): void {
  for (const [task, handler] of Object.entries(handlers)) {
    name(task, "a handler's name")
    if (typeof handler !== 'function')
      throw new SpecError(`the handler of ${shown(task)} must be a function, not ${shown(handler)}`)
  }
}
