/** Checks of single values that a program or a person gives; each throws a SpecError that names the field. */
import { isAbsolute } from 'node:path'
import { SpecError, shown } from './specError.ts'

export type Check = (value: unknown, field: string) => void

const NAME_MAX = 200
/** What one argument or variable may take on Linux, with the zero at its end. */
const WORD_BYTES_MAX = 131_071
/** Who the run is, the orchestrator itself says. */
export const reserved = {
  ofProcesses: /^STRANDLINE_(RUN|JOB|ATTEMPT)$/,
  ofContainers: /^STRANDLINE_(RUN|JOB|ATTEMPT|STATE|MOUNT|SESSION)$/,
} as const
/** What engines take: a name, and perhaps a registry before it, and a tag or a digest behind it. Never an option. */
const IMAGE = /^[A-Za-z0-9[][\x21-\x7e]{0,511}$/

export function whole(min: number, max: number): Check {
  return (value, field) => {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
    throw new SpecError(
      `${field} must be a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}, not ${shown(value)}`,
    )
  }
}

/** What tables and logs show: short, on one line. */
export const name: Check = (value, field) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const isFit = typeof value === 'string' && value.length <= NAME_MAX && /^[^\u0000-\u001f\u007f-\u009f]+$/.test(value)
  if (isFit) return
  throw new SpecError(
    `${field} must be a text of 1 to ${NAME_MAX} characters without control characters, not ${shown(value)}`,
  )
}

/** What an argument or a variable of a process can hold. */
export const word: Check = (value, field) => {
  if (typeof value !== 'string') throw new SpecError(`${field} must be a text, not ${shown(value)}`)
  if (value.includes('\0')) throw new SpecError(`${field} has a NUL byte in it, which no process can be given`)
  if (!value.isWellFormed()) throw new SpecError(`${field} has half a character in it: give well-formed text`)
  if (Buffer.byteLength(value) > WORD_BYTES_MAX)
    throw new SpecError(`${field} is longer than ${WORD_BYTES_MAX} bytes: hand it over in a file`)
}

export const argv: Check = (value, field) => {
  if (!Array.isArray(value) || value.length === 0)
    throw new SpecError(`${field} must be an array of a program and its arguments, not ${shown(value)}`)
  for (const [at, argument] of value.entries()) word(argument, `${field}[${at}]`)
  if (value[0] === '') throw new SpecError(`${field}[0] is empty: name a program`)
}

/** For what an image runs, which may have a program of its own. */
export const parameters: Check = (value, field) => {
  if (!Array.isArray(value)) throw new SpecError(`${field} must be an array of texts, not ${shown(value)}`)
  for (const [at, argument] of value.entries()) word(argument, `${field}[${at}]`)
}

export const image: Check = (value, field) => {
  if (typeof value === 'string' && IMAGE.test(value)) return
  throw new SpecError(`${field} must be the name of an image, such as alpine:3, without blanks, not ${shown(value)}`)
}

export const environment =
  (taken: RegExp): Check =>
  (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new SpecError(`${field} must be an object of names and texts, not ${shown(value)}`)
    for (const [variable, text] of Object.entries(value)) {
      if (variable === '' || variable.includes('='))
        throw new SpecError(`${field} has a variable called ${shown(variable)}: a name is not empty and has no "="`)
      word(variable, `a name in ${field}`)
      if (taken.test(variable))
        throw new SpecError(`${field} must not set ${variable}: the orchestrator sets it for each run`)
      word(text, `${field}.${variable}`)
    }
  }

export const directory: Check = (value, field) => {
  word(value, field)
  if (!isAbsolute(value as string)) throw new SpecError(`${field} must be an absolute path, not ${shown(value)}`)
}

/** JSON would drop or change these without a word. */
export const json: Check = (value, field) => {
  try {
    JSON.stringify(value, (key, inner: unknown) => {
      const why = notJson(inner)
      if (why === undefined) return inner
      throw new SpecError(`${key === '' ? field : `"${key}" in ${field}`} is ${why}, which JSON cannot hold`)
    })
  } catch (error) {
    if (error instanceof SpecError) throw error
    const why = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error)
    throw new SpecError(`${field} cannot be written as JSON: ${why}`)
  }
}

function notJson(value: unknown): string | undefined {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'bigint') return 'a bigint'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Map) return 'a Map'
  return value instanceof Set ? 'a Set' : undefined
}

export const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') throw new SpecError(`${field} must be true or false, not ${shown(value)}`)
}

export const amount =
  (min: number): Check =>
  (value, field) => {
    if (typeof value === 'number' && value >= min) return
    throw new SpecError(`${field} must be a number from ${min}, not ${shown(value)}`)
  }

export const among =
  (...choices: readonly string[]): Check =>
  (value, field) => {
    if (choices.some((choice) => choice === value)) return
    throw new SpecError(`${field} must be ${choices.map(shown).join(' or ')}, not ${shown(value)}`)
  }

export const abortSignal: Check = (value, field) => {
  if (!(value instanceof AbortSignal)) throw new SpecError(`${field} must be an AbortSignal, not ${shown(value)}`)
}

export const work: Check = (value, field) => {
  if (typeof value !== 'function') throw new SpecError(`${field} must be a function, not ${shown(value)}`)
}

/** Of a file or directory, relative to where the program runs or absolute. */
export const path: Check = (value, field) => {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return
  throw new SpecError(`${field} must be a path, not ${shown(value)}`)
}
