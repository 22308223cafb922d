import type { Ports } from '../../../ports/index.ts'
import { ContainerLauncher, labels } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Containers whose environment says by the whole token which run they are. */
function telling(ports: Ports): Ports {
  const create: Ports['containers']['create'] = (spec) => {
    const environment = { ...spec.environment, STRANDLINE_RUN: spec.labels[labels.fence]! }
    return ports.containers.create({ ...spec, environment })
  }
  return { ...ports, containers: Object.assign(Object.create(ports.containers) as Ports['containers'], { create }) }
}

export const tokenInside: Flaw = {
  name: 'token-inside',
  incident: 'our own: a container that was taken for a process',
  family: 'adoption',
  breaks: ['INTACT'],
  story:
    'the processes of a container carry the token by which a server finds its own: whoever takes over from a dead server kills the containers that it has just adopted',
  variant: {
    parts: (parts) => ({
      launchers: (ports) => ({ ...parts.launchers(ports), containers: new ContainerLauncher(telling(ports)) }),
    }),
  },
}
