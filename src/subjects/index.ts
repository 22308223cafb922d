/** The subjects by name. What is shared by all of them does not know their commands. */
import type { Subject } from '../explore/index.ts'
import { canary } from './canary/canary.ts'
import { orchestrator } from './orchestrator/index.ts'
import { toy } from './toy/toy.ts'

/** A scenario's commands are only ever carried back to the subject that drew them, so their type may be forgotten. */
function erased<C>(subject: Subject<C>): Subject<unknown> {
  return subject as unknown as Subject<unknown>
}

export const subjects: Readonly<Record<string, Subject<unknown>>> = {
  orchestrator: erased(orchestrator),
  canary: erased(canary),
  toy: erased(toy),
}
