import { Remover } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

class ForgetfulRemover extends Remover {
  protected override removeStrays(): Promise<unknown> {
    return Promise.resolve(undefined)
  }
}

export const straysIgnored: Flaw = {
  name: 'strays-ignored',
  incident: 'our own: a directory that was made after its job had been deleted',
  family: 'run-ids',
  breaks: ['STRAY'],
  story:
    'a job is cancelled and deleted while its process is starting; the start comes through, and its directory stays',
  variant: { parts: () => ({ remover: (...parameters) => new ForgetfulRemover(...parameters) }) },
}
