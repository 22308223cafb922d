import { ProcessLauncher, Reaper } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { barePids } from './variant.ts'

export const barePid: Flaw = {
  name: 'bare-pid',
  incident: 'stale run-ownership: a pid reused within one lifetime',
  family: 'reuse',
  breaks: ['STALE-PID', 'PHANTOM', 'ORCH-13'],
  story: 'the reaper knows a process by its pid alone, and guards the stranger who has got that pid since',
  variant: {
    parts: () => ({
      reaper: (store, ports, options, launchers, hooks) =>
        new Reaper(store, ports, options, { ...launchers, processes: new ProcessLauncher(barePids(ports)) }, hooks),
    }),
  },
}
