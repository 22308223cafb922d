/** What a person gives as a token: its text, or a file that contains one; and what is played for it. */
import { readFileSync } from 'node:fs'
import type { Token } from '../explore/index.ts'
import { knownSubjects, subjectName } from './loading.ts'
import { type Target, targetOf } from './target.ts'
import { named, UsageError } from './usage.ts'

const FILE_BYTES_MAX = 50_000_000

/** The token itself, or the first one in a file. */
export function tokenIn(argument: string): string {
  const text = argument.trim()
  if (text === '' || /^strand\d+\./.test(text)) return text
  const found = /strand\d+\.[\w-]+(?:\+[\w-]+)?\.[\w-]+\.[0-9a-f]{8}\b/.exec(read(text))
  if (found === null) throw new UsageError(`there is no token in the file "${text}": one begins with "strand2."`)
  return found[0]
}

function read(path: string): string {
  try {
    const bytes = readFileSync(path)
    if (bytes.length <= FILE_BYTES_MAX) return bytes.toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new UsageError(`"${path}" is a directory: give a token, or a file that contains one`)
    if (code === 'EACCES')
      throw new UsageError(`the file "${path}" may not be read: change its mode, or paste the token`)
    const shown = path.length > 40 ? `${path.slice(0, 40)}…` : path
    throw new UsageError(`"${shown}" is neither a token (one begins with "strand2.") nor a file that exists`)
  }
  throw new UsageError(`the file "${path}" is too large: give the token itself, or a file that holds little else`)
}

/** The subject of a token is known by its name; `path` is where the person says that it is. Throws UsageError. */
export function targetFor({ subject, defect, scenario }: Token, path: string | undefined): Target {
  const given = path === undefined ? subject : subjectName(path)
  if (given !== subject)
    throw new UsageError(`the token is of the subject "${subject}", but the one in "${path}" is called "${given}"`)
  try {
    const target = targetOf(subject, defect)
    named('family', scenario.family, target.played.families, subject)
    return target
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const hint = Object.hasOwn(knownSubjects(), subject) ? '' : '; give its module with --subject PATH'
    throw new UsageError(`the token cannot be replayed here: ${error.message}${hint}`)
  }
}
