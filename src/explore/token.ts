/**
 * A token is a whole failure as text: subject, defect, scenario and the choices that differ from the calm ones.
 *
 *   strand1.SUBJECT[+DEFECT].PAYLOAD.CHECK
 *
 * PAYLOAD is base64url of deflated JSON `[family, settings, commands, profile, [key, value, …]]`, CHECK eight hexadecimal digits
 * over all that stands before it. The 1 is the version of this format.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import {
  type ChoiceRecord,
  type Command,
  hashText,
  keyOf,
  type Profile,
  type Scenario,
  type Settings,
  type Source,
} from '../sim/index.ts'

export interface Token<C = unknown> {
  readonly subject: string
  readonly defect: string | undefined
  readonly scenario: Scenario<C>
  readonly choices: ChoiceRecord
}

/** A text is not a token, or not one that this version can replay. The message says which and what to do. */
export class TokenError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TokenError'
  }
}

const PREFIX = 'strand'
const VERSION = 1
const PAYLOAD_MAX = 4_000_000

function checkOf(text: string): string {
  return (hashText(text) >>> 0).toString(16).padStart(8, '0')
}

export function encodeToken<C>({ subject, defect, scenario, choices }: Token<C>): string {
  const { family, settings, commands, profile } = scenario
  const flat = [...choices].flat()
  const payload = deflateRawSync(JSON.stringify([family, settings, commands, profile, flat]), { level: 9 }).toString(
    'base64url',
  )
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
  const [family, settings, commands, profile, flat] = unpack(parts[2]!)
  const choices = new Map<string, number>()
  for (let i = 0; i < flat.length; i += 2) choices.set(flat[i] as string, flat[i + 1] as number)
  return { subject, defect, scenario: { family, settings, commands, profile }, choices }
}

type Contents = [string, Settings, Command<unknown>[], Profile, (string | number)[]]

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
  if (!Array.isArray(contents) || contents.length !== 5) return false
  const [family, settings, commands, profile, flat] = contents
  if (typeof family !== 'string' || !Array.isArray(commands) || !Array.isArray(flat)) return false
  if (typeof settings !== 'object' || settings === null || typeof profile !== 'object' || profile === null) return false
  return flat.length % 2 === 0 && flat.every((item, at) => typeof item === (at % 2 === 0 ? 'string' : 'number'))
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
