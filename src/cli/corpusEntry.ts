/** Failures that were found once, kept as small files with their tokens, so that they stay found. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeToken, type Token, TokenError } from '../explore/index.ts'
import { replayToken } from './replay.ts'
import { principal, type Target } from './target.ts'
import { targetFor } from './tokenArgument.ts'
import { UsageError } from './usage.ts'

const ENDING = '.json'
const NAME = /^[\w-]+$/

export interface Entry {
  /** What was found, in a sentence. */
  readonly found: string
  /** How many scenarios the hunt took, where somebody has counted. */
  readonly scenarios?: number
  /** The invariant to look at. */
  readonly breaks: string
  readonly token: string
}

export interface Kept extends Entry {
  /** The name of its file. */
  readonly file: string
}

/** What came of replaying an entry. */
export interface Verdict {
  readonly kept: Kept
  readonly subject: string
  readonly defect: string | undefined
  /** What is not as it should be, in words. */
  readonly complaints: readonly string[]
}

/** All entries of a directory, by name. Throws UsageError. */
export function readCorpus(directory: string): Kept[] {
  return filesIn(directory).map((file) => {
    const path = join(directory, file)
    try {
      const entry: unknown = JSON.parse(readFileSync(path, 'utf8'))
      if (isEntry(entry)) return { file, ...entry }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    throw new UsageError(`"${path}" is no entry of a corpus: it must be JSON with the texts found, breaks and token`)
  })
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => file.endsWith(ENDING))
      .toSorted()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new UsageError(`there is no directory "${directory}": say with --directory where it is`)
    if (code === 'ENOTDIR') throw new UsageError(`"${directory}" is not a directory: a corpus is one, of small files`)
    throw error
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { found, breaks, token } = value as Record<string, unknown>
  return [found, breaks, token].every((text) => typeof text === 'string' && text !== '')
}

/**
 * With the defect that the token is of it must still break what it says; as it is the subject must stand it. Throws
 * UsageError if the token cannot be replayed at all.
 */
export async function replayEntry(kept: Kept): Promise<Verdict> {
  const token = tokenOf(kept)
  const { subject, defect } = token
  const complaints: string[] = []
  const broken = async (target: Target) => {
    const { failures } = await replayToken(target, token)
    return failures.map(({ invariant }) => invariant)
  }
  if (defect !== undefined) {
    const flawed = await broken(namedFor(kept, token))
    const instead = flawed.length === 0 ? 'nothing' : flawed.join(', ')
    if (!flawed.includes(kept.breaks))
      complaints.push(`with ${defect} it breaks ${instead}, and no longer ${kept.breaks}`)
  }
  const sound = await broken(namedFor(kept, { ...token, defect: undefined }))
  if (sound.length > 0) complaints.push(`${subject} as it is breaks ${sound.join(', ')}`)
  return { kept, subject, defect, complaints }
}

function tokenOf({ file, token }: Kept): Token {
  try {
    return decodeToken(token)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    throw new UsageError(`${file}: ${error.message}`)
  }
}

function namedFor({ file }: Kept, token: Token): Target {
  try {
    return targetFor(token, undefined)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${file}: ${error.message}`)
  }
}

export interface Addition {
  readonly token: string
  readonly found: string | undefined
  readonly name: string | undefined
  /** The module of a subject that is not built in. */
  readonly path: string | undefined
}

/** Replays the token and writes it into the directory. Throws UsageError if it does not fail, or is there already. */
export async function addEntry(directory: string, addition: Addition): Promise<Kept> {
  const { token, path, name } = addition
  const decoded = decodeToken(token)
  const target = targetFor(decoded, path)
  const { failures } = await replayToken(target, decoded)
  const { expected } = decoded
  const failure =
    failures.find(({ invariant }) => invariant === expected.invariant) ?? principal(failures, target.about)
  if (failure === undefined)
    throw new UsageError('the token does not fail, so there is nothing to keep: replay it first')
  mkdirSync(directory, { recursive: true })
  const twin = readCorpus(directory).find((kept) => kept.token === token)
  if (twin !== undefined) throw new UsageError(`the token is kept already, in "${join(directory, twin.file)}"`)
  const breaks = failure.invariant
  const found = addition.found ?? failure.reason.split('\n', 1)[0]!
  const entry: Entry = { found, breaks, token }
  const text = `${JSON.stringify(entry, null, 2)}\n`
  return { file: write(directory, name, decoded.defect ?? breaks.toLowerCase(), text), ...entry }
}

/** Never over another file: the first of `usual`, `usual-2`, … that is free, unless a name was asked for. */
function write(directory: string, asked: string | undefined, usual: string, text: string): string {
  if (asked !== undefined && !NAME.test(asked))
    throw new UsageError(`--name must be made of letters, digits, "-" and "_", not "${asked}"`)
  for (let nth = 1; ; nth++) {
    const file = (asked ?? (nth === 1 ? usual : `${usual}-${nth}`)) + ENDING
    try {
      writeFileSync(join(directory, file), text, { flag: 'wx' })
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (asked !== undefined)
        throw new UsageError(`there is a file "${join(directory, file)}" already: choose another --name`)
    }
  }
}
