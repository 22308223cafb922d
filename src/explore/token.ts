/**
 * A token is a whole failure as text: subject, defect, scenario and the choices that differ from the calm ones.
 *
 *   strand2.SUBJECT[+DEFECT].PAYLOAD.CHECK
 *
 * PAYLOAD is base64url of deflated JSON `[family, settings, commands, profile, [key, value, …], invariant, names, steps]`, where
 * `steps` are indices into `names`: what happened up to the failure. CHECK are eight hexadecimal digits over all that stands
 * before it. The 2 is the version of this format.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import {
  type ChoiceRecord,
  type Command,
  calmProfile,
  faultNames,
  hashText,
  keyOf,
  type Profile,
  type Scenario,
  type Settings,
  type Source,
} from '../sim/index.ts'
import type { Expectation } from './expectation.ts'

export interface Token<C = unknown> {
  readonly subject: string
  readonly defect: string | undefined
  readonly scenario: Scenario<C>
  readonly choices: ChoiceRecord
  readonly expected: Expectation
}

/** A text is not a token, or not one that this version can replay. The message says which and what to do. */
export class TokenError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TokenError'
  }
}

const PREFIX = 'strand'
const VERSION = 2
const PAYLOAD_MAX = 4_000_000

function checkOf(text: string): string {
  return (hashText(text) >>> 0).toString(16).padStart(8, '0')
}

export function encodeToken<C>({ subject, defect, scenario, choices, expected }: Token<C>): string {
  const { family, settings, commands, profile } = scenario
  const flat = [...choices].flat()
  const names = [...new Set(expected.steps)]
  const indices = new Map(names.map((name, at) => [name, at]))
  const steps = expected.steps.map((name) => indices.get(name)!)
  const contents: Contents = [family, settings, [...commands], profile, flat, expected.invariant, names, steps]
  const payload = deflateRawSync(JSON.stringify(contents), { level: 9 }).toString('base64url')
  const body = `${PREFIX}${VERSION}.${subject}${defect === undefined ? '' : `+${defect}`}.${payload}`
  return `${body}.${checkOf(body)}`
}

/** Line breaks and blanks, as terminals and logs add them, do not matter. Throws TokenError. */
export function decodeToken(text: string): Token {
  const trimmed = text.replace(/\s+/g, '')
  if (trimmed === '') throw new TokenError('the token is empty: paste the whole line that hunt printed after "replay"')
  const parts = trimmed.split('.')
  const version = /^strand(\d+)$/.exec(parts[0]!)?.[1]
  if (version === undefined)
    throw new TokenError(
      `this is not a token: one begins with "${PREFIX}${VERSION}.", not with "${trimmed.slice(0, 12)}"`,
    )
  if (Number(version) !== VERSION)
    throw new TokenError(
      `the token has format ${version}, this version of strandline reads format ${VERSION}: hunt again with the seed`,
    )
  const check = parts.length === 4 ? parts[3]! : ''
  const body = parts.slice(0, 3).join('.')
  if (check.length < 8) throw new TokenError('the token is cut off or damaged at its end: copy all of it')
  if (checkOf(body) !== check) throw new TokenError('the token was changed or damaged: its check digits do not fit')
  const [subject, defect] = parts[1]!.split('+') as [string, string | undefined]
  const [family, settings, commands, profile, flat, invariant, names, indices] = unpack(parts[2]!)
  const choices = new Map<string, number>()
  for (let i = 0; i < flat.length; i += 2) choices.set(flat[i] as string, flat[i + 1] as number)
  const steps = indices.map((at) => names[at]!)
  return { subject, defect, scenario: { family, settings, commands, profile }, choices, expected: { invariant, steps } }
}

type Contents = [string, Settings, Command<unknown>[], Profile, (string | number)[], string, string[], number[]]

function unpack(payload: string): Contents {
  try {
    const json = inflateRawSync(Buffer.from(payload, 'base64url'), { maxOutputLength: PAYLOAD_MAX }).toString()
    const contents: unknown = JSON.parse(json)
    if (isContents(contents)) return contents
  } catch {
    // Said below.
  }
  throw new TokenError('the token was changed or damaged: its contents cannot be unpacked')
}

function isContents(contents: unknown): contents is Contents {
  if (!Array.isArray(contents) || contents.length !== 8) return false
  const [family, settings, commands, profile, flat, invariant, names, steps] = contents
  if (typeof family !== 'string' || typeof invariant !== 'string') return false
  if (!isObject(settings) || !isProfile(profile) || !Array.isArray(commands) || !commands.every(isCommand)) return false
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return false
  if (!Array.isArray(steps) || !steps.every((at) => typeof at === 'number' && at in names)) return false
  if (!Array.isArray(flat) || flat.length % 2 !== 0) return false
  return flat.every((item, at) =>
    at % 2 === 0 ? typeof item === 'string' && item.includes('/') : Number.isFinite(item),
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of the kinds that a calm profile has, and no fault that nobody knows. */
function isProfile(value: unknown): value is Profile {
  if (!isObject(value)) return false
  const profile = value as Record<string, unknown>
  const { faults } = profile
  if (!isObject(faults) || !Object.entries(faults).every(([name, rate]) => isFault(name) && Number.isFinite(rate)))
    return false
  return Object.entries(calmProfile).every(([name, calm]) => typeof profile[name] === typeof calm)
}

function isFault(name: string): boolean {
  return (faultNames as readonly string[]).includes(name)
}

function isCommand(value: unknown): value is Command<unknown> {
  if (!isObject(value)) return false
  const { id, at, do: what } = value as { id?: unknown; at?: unknown; do?: unknown }
  if (typeof id !== 'string' || !isObject(at) || !isObject(what)) return false
  return Object.values(at).every((when) => Number.isFinite(when)) && ('ms' in at || 'progress' in at)
}

/** The choices of a record as overrides by key identity. */
export function overridesOf(choices: ChoiceRecord): Map<number, number> {
  const overrides = new Map<number, number>()
  for (const [key, value] of choices) {
    const at = key.lastIndexOf('/')
    overrides.set(keyOf(key.slice(0, at), key.slice(at + 1)), value)
  }
  return overrides
}

/** Replays a record: what it does not name is calm. */
export function recordSource(choices: ChoiceRecord): Source {
  return { kind: 'record', overrides: overridesOf(choices) }
}

/** The schedule is free, everything else is as recorded. */
export function freeSchedule(choices: ChoiceRecord): Source {
  return { kind: 'record', overrides: overridesOf(withoutDelays(choices)), delays: 'free' }
}

export function withoutDelays(choices: ChoiceRecord): ChoiceRecord {
  return new Map([...choices].filter(([key]) => !key.endsWith('/delay')))
}
