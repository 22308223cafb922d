/**
 * What is asked of an engine and takes its time, as steps between which others may come. Whoever drives one calls
 * `next` when its rest is over, as soon or as late as they like; what it comes to is what the last step returns.
 */
export interface Rest {
  /** Once true, it stays so. */
  readonly isOver: () => boolean
  /** After so long it goes on in any case; undefined: only when it is over. */
  readonly atMostMs: number | undefined
}

export type Request<Answer> = Generator<Rest, Answer, void>

/** Others may come between. */
export const TURN: Rest = { isOver: () => true, atMostMs: undefined }

/** Drives a request that nobody comes between and that rests for nobody else. Throws if it does, or would for a grace. */
export function atOnce<Answer>(request: Request<Answer>): Answer {
  for (;;) {
    const { value, done } = request.next()
    if (done) return value
    if (!value.isOver()) throw new Error('engine: this request has to wait for the end of a container')
  }
}
