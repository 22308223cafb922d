/** What may be submitted. A specification is data: it is checked here, and nothing reads it as anything else later. */
import type { JobSpec } from '../system/index.ts'
import { argv, directory, environment, image, json, name, parameters, reserved, whole } from './checks.ts'
import { checkedFields, type Fields } from './fields.ts'
import { SpecError, shown } from './specError.ts'

/** Arguments and environment together; what a system takes is more, but not much. */
const BYTES_MAX = 1_048_576
const PRIORITY_MAX = 1_000_000_000
const ATTEMPTS_MAX = 1_000_000
/** A hundred years. */
const DELAY_MS_MAX = 3_155_760_000_000

const terms: Fields = {
  agent: name,
  repo: name,
  priority: whole(-PRIORITY_MAX, PRIORITY_MAX),
  maxAttempts: whole(1, ATTEMPTS_MAX),
  delayMs: whole(0, DELAY_MS_MAX),
  transientDelayMs: whole(0, DELAY_MS_MAX),
}
const command: Fields = { argv, environment: environment(reserved.ofProcesses), directory, ...terms }
const container: Fields = {
  image,
  argv: parameters,
  environment: environment(reserved.ofContainers),
  directory,
  ...terms,
}
const task: Fields = { task: name, payload: json, ...terms }

/** A copy with what was given and nothing else. Throws SpecError. */
export function checkedSpec(spec: unknown): JobSpec {
  if (typeof spec !== 'object' || spec === null) throw new SpecError(`a job must be an object, not ${shown(spec)}`)
  const [what, fields] = kindOf(spec)
  const checked = checkedFields(what, spec, fields)
  checkSize(checked as Readonly<Record<string, unknown>>)
  return checked as JobSpec
}

function kindOf(spec: Readonly<{ argv?: unknown; image?: unknown; task?: unknown }>): readonly [string, Fields] {
  const isCommand = spec.argv !== undefined || spec.image !== undefined
  if (isCommand === (spec.task !== undefined))
    throw new SpecError('a job must have either argv, image or both, for a command, or task, the name of a handler')
  if (spec.task !== undefined) return ['a job with a task', task]
  return spec.image === undefined ? ['a job with argv', command] : ['a job with an image', container]
}

function checkSize({
  argv: words = [],
  environment: variables = {},
  payload = null,
}: Readonly<Record<string, unknown>>): void {
  const bytes = Buffer.byteLength(JSON.stringify([words, variables]))
  if (bytes > BYTES_MAX)
    throw new SpecError(`argv and environment take ${bytes} bytes, more than ${BYTES_MAX}: hand data over in a file`)
  const payloadBytes = Buffer.byteLength(JSON.stringify(payload))
  if (payloadBytes > BYTES_MAX)
    throw new SpecError(`payload takes ${payloadBytes} bytes, more than ${BYTES_MAX}: hand data over in a file`)
}
