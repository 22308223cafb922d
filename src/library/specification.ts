/** What may be submitted. A specification is data: it is checked here, and nothing reads it as anything else later. */
import type { JobSpec } from '../system/index.ts'
import { argv, type Check, directory, environment, json, name, whole } from './checks.ts'
import { SpecError, shown } from './specError.ts'

/** Arguments and environment together; what a system takes is more, but not much. */
const BYTES_MAX = 1_048_576
const PRIORITY_MAX = 1_000_000_000
const ATTEMPTS_MAX = 1_000_000
/** A hundred years. */
const DELAY_MS_MAX = 3_155_760_000_000

type Fields = Readonly<Record<string, Check>>

const terms: Fields = {
  agent: name,
  repo: name,
  priority: whole(-PRIORITY_MAX, PRIORITY_MAX),
  maxAttempts: whole(1, ATTEMPTS_MAX),
  delayMs: whole(0, DELAY_MS_MAX),
  transientDelayMs: whole(0, DELAY_MS_MAX),
}
const command: Fields = { argv, environment, directory, ...terms }
const task: Fields = { task: name, payload: json, ...terms }

/** A copy with what was given and nothing else. Throws SpecError. */
export function checkedSpec(spec: unknown): JobSpec {
  if (typeof spec !== 'object' || spec === null) throw new SpecError(`a job must be an object, not ${shown(spec)}`)
  const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined))
  if ('argv' in given === 'task' in given)
    throw new SpecError('a job must have either argv, a command to run, or task, the name of a handler')
  const fields = 'argv' in given ? command : task
  for (const [field, value] of Object.entries(given)) {
    const check = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (check === undefined) throw new SpecError(unknownField(field, 'argv' in given, Object.keys(fields)))
    check(value, field)
  }
  checkSize(given)
  return given as unknown as JobSpec
}

function unknownField(field: string, isCommand: boolean, known: readonly string[]): string {
  const kind = isCommand ? 'a job with argv' : 'a job with a task'
  return `${kind} has no ${shown(field)}: choose among ${known.join(', ')}`
}

function checkSize({ argv: words = [], environment: variables = {}, payload = null }: Record<string, unknown>): void {
  const bytes = Buffer.byteLength(JSON.stringify([words, variables]))
  if (bytes > BYTES_MAX)
    throw new SpecError(`argv and environment take ${bytes} bytes, more than ${BYTES_MAX}: hand data over in a file`)
  const payloadBytes = Buffer.byteLength(JSON.stringify(payload))
  if (payloadBytes > BYTES_MAX)
    throw new SpecError(`payload takes ${payloadBytes} bytes, more than ${BYTES_MAX}: hand data over in a file`)
}
