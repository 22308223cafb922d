import { Remover } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Removes on request what is finished by then, and never comes round again. */
class OnceRemover extends Remover {
  private rounds = 0

  override async round(): Promise<void> {
    if (this.rounds++ === 0) await super.round()
  }
}

export const deletionForgotten: Flaw = {
  name: 'deletion-forgotten',
  incident: 'a deletion that nobody carries out',
  family: 'records',
  breaks: ['GONE'],
  story: 'what is to be deleted is looked for at the start of a server and never again',
  variant: { parts: () => ({ remover: (...parameters) => new OnceRemover(...parameters) }) },
}
