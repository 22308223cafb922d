/** What may be given to a queue and to a worker. */
import { defaultOptions, type Handlers, type Options } from '../system/index.ts'
import { abortSignal, among, amount, type Check, flag, name, path, whole, work } from './checks.ts'
import { checkedFields, type Fields } from './fields.ts'
import { SpecError, shown } from './specError.ts'

const concurrency = whole(1, 10_000)

/** Rounds that follow each other without a pause are nobody's wish. */
const periods: ReadonlySet<string> = new Set(['pollMs', 'reapMs', 'beatMs', 'leaseRounds'])

const optionFields: Fields = Object.fromEntries(
  Object.entries(defaultOptions).map(([field, usual]): [string, Check] => {
    if (field === 'maxConcurrency') return [field, concurrency]
    return [field, typeof usual === 'boolean' ? flag : amount(periods.has(field) ? 1 : 0)]
  }),
)

const handlers: Check = (value, field) => {
  if (typeof value !== 'object' || value === null)
    throw new SpecError(`${field} must be an object of names and functions, not ${shown(value)}`)
  for (const [task, handler] of Object.entries(value as Handlers)) {
    name(task, "a handler's name")
    work(handler, `the handler of ${shown(task)}`)
  }
}

const options: Check = (value, field) => {
  if (typeof value !== 'object' || value === null)
    throw new SpecError(`${field} must be an object, not ${shown(value)}`)
  checkedOptions(value)
}

export function checkedOptions(given: Partial<Options>): Partial<Options> {
  return checkedFields('options', given, optionFields)
}

const place: Fields = { runs: path, durability: among('normal', 'full') }

export const queueFields: Fields = { ...place, create: flag }

export const workerFields: Fields = {
  ...place,
  handlers,
  concurrency,
  shared: flag,
  engine: path,
  outputBytesMax: whole(0, Number.MAX_SAFE_INTEGER),
  options,
  onError: work,
  onNotice: work,
  signal: abortSignal,
}
