/** A job in words: on one line, and nothing in it can move a terminal's cursor. */
import type { JobView } from '../../library/index.ts'

const PLAIN = /^[\w@%+=:,./-]+$/

/** Its command as a shell would take it, or its task with the payload. */
export function workWords({ argv, task, payload }: JobView): string {
  return argv === null ? printable(`${task} ${JSON.stringify(payload)}`) : argv.map(quoted).join(' ')
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${printable(word.replaceAll("'", "'\\''"))}'`
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => escapes[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/** Without its environment, which may hold secrets. */
export function jobJson({ environment: _, ...job }: JobView) {
  return job
}
