import type { Ports, Processes } from '../../../ports/index.ts'
import { ProcessLauncher, Recovery } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Recovery that finds no survivors, because it does not look for any. */
function blind(ports: Ports): Ports {
  const carrying: Processes['carrying'] = () => Promise.resolve([])
  return { ...ports, processes: Object.assign(Object.create(ports.processes) as Processes, { carrying }) }
}

export const takeoverWithoutKill: Flaw = {
  name: 'takeover-without-kill',
  incident: 'a server that is given up, and its processes that live on',
  family: 'survivors',
  breaks: ['SINGLE'],
  story: 'after a crash the jobs go back to the queue while their processes still run',
  variant: {
    parts: () => ({
      recovery: (store, ports, options, launchers, hooks) =>
        new Recovery(store, ports, options, { ...launchers, processes: new ProcessLauncher(blind(ports)) }, hooks),
    }),
  },
}
