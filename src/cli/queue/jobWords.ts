/** A job in words: on one line, and nothing in it can move a terminal's cursor. */
import type { JobView } from '../../library/index.ts'
import { isFinal, type JobStatus } from '../../model/lifecycle.ts'

const PLAIN = /^[\w@%+=:,./-]+$/

/** Its command as a shell would take it, behind its image in brackets, or its task with the payload. */
export function workWords({ argv, image, task, payload }: JobView): string {
  if (argv === null) return printable(`${task} ${JSON.stringify(payload)}`)
  return [...(image === null ? [] : [`[${printable(image)}]`]), ...argv.map(quoted)].join(' ')
}

export function releasedWords(id: number, status: JobStatus, isServed: boolean): string {
  const when = isServed ? 'is removed now' : 'is to be removed; nobody is up, so the next "strandline up" does it'
  return `job ${id} is ${status} already; its container, kept for somebody who looked at it, ${when}`
}

/** `status`: of the job when its deletion was on record; undefined: it is gone by now. */
export function deletingWords(id: number, status: JobStatus | undefined): string {
  if (status === undefined) return `job ${id} is deleted`
  return `job ${id} is being deleted: ${isFinal(status) ? 'its container is removed first' : 'its run is told to end first'}`
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
