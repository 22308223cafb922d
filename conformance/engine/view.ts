/** What can be seen of a track from outside, in words: of each name whose it is and how it does, and what waits have come to. */
import { NAMES } from './operation.ts'

export interface Seen {
  readonly id: string
  readonly state: string
  readonly exitCode: number
}

/** Ids differ from one engine to the other: what counts is which was seen first. */
export class SeenIds {
  readonly #ids: string[] = []

  get count(): number {
    return this.#ids.length
  }

  at(nth: number): string {
    return this.#ids[nth] ?? 'never seen'
  }

  nth(id: string): number {
    const known = this.#ids.indexOf(id)
    return known >= 0 ? known : this.#ids.push(id) - 1
  }
}

export function nameOf(nth: number, track: number): string {
  return `${NAMES[nth % NAMES.length]}${track}`
}

export function viewOf(
  track: number,
  seen: readonly (Seen | undefined)[],
  ids: SeenIds,
  waits: readonly string[],
): string[] {
  return [
    ...seen.map((each, nth) => `${nameOf(nth, track)} ${each === undefined ? 'nobody' : seenWords(each, ids)}`),
    ...waits.map((answer, nth) => `wait ${nth + 1}: ${answer}`),
  ]
}

export function seenWords({ id, state, exitCode }: Seen, ids: SeenIds): string {
  return `#${ids.nth(id) + 1} ${state} ${exitCode}`
}
