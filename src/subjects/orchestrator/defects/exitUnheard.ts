import { Reaper } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

export const exitUnheard: Flaw = {
  name: 'exit-unheard',
  incident: 'our own: an exit that met a full disk',
  family: 'records',
  breaks: ['HEARD'],
  story:
    'an exit has been heard of and cannot be written yet; the reaper finds the process gone and has the job run again',
  variant: {
    parts: () => ({
      reaper: (store, ports, options, launchers, hooks) =>
        new Reaper(store, ports, options, launchers, { ...hooks, isEnding: () => false }),
    }),
  },
}
