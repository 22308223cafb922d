/** A request to the simulated engine that is under way: whether it can go on now, and what it has come to. */
import type { Request } from '../../src/sim/engine/engine.ts'

export interface Pending {
  readonly request: Request<unknown>
  canGoOn(): boolean
  /** Whether it goes on at some time even if nothing happens. */
  isPatient: boolean
  isDone: boolean
  answer: unknown
}

export function pending(request: Request<unknown>): Pending {
  return { request, canGoOn: () => true, isPatient: false, isDone: false, answer: undefined }
}

/** One step. A grace of nothing can be over at any time; any other is longer than what anybody needs. */
export function advance(each: Pending): void {
  const { value, done } = each.request.next()
  if (done) {
    each.isDone = true
    each.answer = value
    return
  }
  each.canGoOn = () => value.isOver() || value.atMostMs === 0
  each.isPatient = value.atMostMs !== undefined
}
