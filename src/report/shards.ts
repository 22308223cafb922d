/** Reads results of hunt and stress back from what `--json` wrote, and refuses whatever is anything else. */
import { type Discordance, decodeToken, TokenError } from '../explore/index.ts'
import type { resultJson } from './json.ts'
import type { Counts, DiscoveryPoint, Found, Paired, Result } from './result.ts'

type ResultJson = ReturnType<typeof resultJson>
type FoundJson = ResultJson['failures'][number]
/** What is wrong with a value, as the path to it; nothing where it is as it must be. */
type Fault = string | undefined
type Shape = (value: unknown, path: string) => Fault

/** Where a file came from, for complaints, and what it says. */
export interface ShardFile {
  readonly name: string
  readonly result: Result
  readonly against: { readonly result: Result; readonly paired: Paired } | undefined
}

/** A person gave something that cannot be merged; the message is one sentence for them. */
export class MergeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MergeError'
  }
}

const text: Shape = (value, path) => (typeof value === 'string' ? undefined : path)
const flag: Shape = (value, path) => (typeof value === 'boolean' ? undefined : path)
const whole: Shape = (value, path) => (Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : path)
const amount: Shape = (value, path) => (Number.isFinite(value) && Number(value) >= 0 ? undefined : path)

function oneOf(...values: readonly unknown[]): Shape {
  return (value, path) => (values.includes(value) ? undefined : path)
}

function orNull(shape: Shape): Shape {
  return (value, path) => (value === null ? undefined : shape(value, path))
}

function list(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return path
    return value.map((item, at) => shape(item, `${path}[${at}]`)).find((fault) => fault !== undefined)
  }
}

function record(fields: Readonly<Record<string, Shape>>, also: (value: never) => boolean = () => true): Shape {
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return path
    for (const [name, shape] of Object.entries(fields)) {
      const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
      const fault = shape(own, path === '' ? name : `${path}.${name}`)
      if (fault !== undefined) return fault
    }
    return also(value as never) ? undefined : path
  }
}

const countFields = { scenarios: whole, strands: whole, violations: whole }
const isWithin = ({ scenarios, strands, violations }: Counts) => Math.max(strands, violations) <= scenarios
const named = list(record({ name: text, ...countFields }, isWithin))
const hits = list(record({ name: text, hits: whole }))
const shard = record({ nth: whole, of: whole }, ({ nth, of }: { nth: number; of: number }) => nth >= 1 && nth <= of)

const shrunk = record({ orders: orNull(list(text)), randomRuns: orNull(whole), randomFailures: orNull(whole) })
const result = record(
  {
    command: oneOf('hunt', 'stress'),
    subject: text,
    defect: orNull(text),
    family: text,
    strategy: text,
    seed: text,
    asked: orNull(whole),
    shard: orNull(shard),
    ...countFields,
    strategies: named,
    families: named,
    failures: list(record({ invariant: text, kind: oneOf('safety', 'liveness'), reason: text, token: text, shrunk })),
    broken: hits,
    sometimes: hits,
    neverReached: list(text),
    discovery: list(
      record({ scenarios: whole, newBehaviours: whole }, ({ scenarios }: DiscoveryPoint) => scenarios > 0),
    ),
    discoveryWithin: oneOf('campaign', 'shard'),
    discoveryCapped: flag,
    seconds: amount,
  },
  (value: ResultJson) =>
    isWithin(value) && [...value.broken, ...value.sometimes].every(({ hits }) => hits <= value.scenarios),
)
const discordance = record({ onlyFirst: whole, onlySecond: whole })
type TestJson = Readonly<Record<keyof Paired, Discordance>> & { readonly scenarios: number }

const test = record(
  { scenarios: whole, strands: discordance, violations: discordance, failures: discordance },
  ({ scenarios, strands, violations, failures }: TestJson) =>
    [strands, violations, failures].every(({ onlyFirst, onlySecond }) => onlyFirst + onlySecond <= scenarios),
)

/** Throws MergeError. */
export function shardFile(name: string, written: string): ShardFile {
  const value = parsed(name, written)
  if (typeof value === 'object' && value !== null && 'merged' in value)
    throw new MergeError(`"${name}" is a merged result already: give the files of the shards themselves`)
  assertShape(name, result, value, '')
  const json = value as ResultJson & { readonly against?: ResultJson; readonly test?: TestJson }
  if (json.against === undefined) return { name, result: resultFrom(name, json), against: undefined }
  assertShape(name, result, json.against, 'against')
  assertShape(name, test, json.test, 'test')
  const paired = pairedFrom(json.test!)
  return { name, result: resultFrom(name, json), against: { result: resultFrom(name, json.against), paired } }
}

function pairedFrom({ scenarios, strands, violations, failures }: TestJson): Paired {
  const counted = ({ onlyFirst, onlySecond }: Discordance) => ({ scenarios, onlyFirst, onlySecond })
  return { strands: counted(strands), violations: counted(violations), failures: counted(failures) }
}

function parsed(name: string, written: string): unknown {
  try {
    return JSON.parse(written)
  } catch {
    throw new MergeError(`"${name}" is not JSON: give what hunt or stress printed with --json`)
  }
}

function assertShape(name: string, shape: Shape, value: unknown, path: string): void {
  const fault = shape(value, path)
  if (fault === undefined) return
  const what = fault === '' ? 'it is not' : `its "${fault}" is missing, or is not`
  throw new MergeError(`"${name}" is no result of hunt or stress with --json: ${what} as they write it`)
}

function resultFrom(name: string, json: ResultJson): Result {
  const { defect, family, strategy, asked, shard, discovery, discoveryWithin, discoveryCapped, failures } = json
  return {
    ...json,
    defect: defect ?? undefined,
    family: family === 'all' ? undefined : family,
    strategy: strategy === 'all' ? undefined : strategy,
    asked: asked ?? undefined,
    shard: shard ?? undefined,
    discovery: { curve: discovery, within: discoveryWithin, isCapped: discoveryCapped },
    failures: failures.map((found) => foundFrom(name, found)),
  }
}

function foundFrom(name: string, { invariant, kind, reason, token, shrunk }: FoundJson): Found {
  const { randomRuns: kept, randomFailures: failed } = shrunk
  const parts = { invariant, kind, reason, token, ...tokenParts(name, token) }
  if (kept === null || failed === null) return parts
  const orders = shrunk.orders?.map((order) => {
    const [before = '', after = ''] = order.split('<')
    return { before, after }
  })
  return { ...parts, explanation: { orders, kept, failed, runs: kept } }
}

function tokenParts(name: string, token: string) {
  try {
    const { scenario, choices } = decodeToken(token)
    return { scenario, choices }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    throw new MergeError(`a token in "${name}" cannot be read: ${error.message}`)
  }
}
