/** Ctrl-C ends a campaign with what was found so far; a second one kills. */
import { note } from './terminal.ts'

export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  // Once: the second signal meets no handler and does what signals do.
  process.once('SIGINT', () => {
    note('\nstopping here; press Ctrl-C again to kill')
    controller.abort()
  })
  return controller.signal
}
