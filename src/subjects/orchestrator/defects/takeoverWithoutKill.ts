import type { Ports, Processes } from '../../../ports/index.ts'
import { Recovery } from '../../../system/index.ts'
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
    parts: () => ({ recovery: (store, ports, ...rest) => new Recovery(store, blind(ports), ...rest) }),
  },
}
