import type { ContainerId } from '../../../model/ids.ts'
import type { ContainerSpec } from '../../../ports/index.ts'
import { type Claim, ContainerLauncher } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'

/** Looks before it makes one of its own: what comes between the two sees nobody, and is not seen. */
class HastyLauncher extends ContainerLauncher {
  protected override async create(claim: Claim, spec: ContainerSpec): Promise<ContainerId> {
    await super.clear(claim)
    return await super.create(claim, spec)
  }

  protected override clear(): Promise<void> {
    return Promise.resolve()
  }
}

export const looksTooEarly: Flaw = {
  name: 'looks-too-early',
  incident: 'our own: a container that was made late',
  family: 'adoption',
  breaks: ['APART'],
  isRare: true,
  story:
    'a run is given up while its container is being made; the next looks, finds nobody, and both work on the same mount',
  variant: {
    parts: (parts) => ({
      launchers: (ports) => ({ ...parts.launchers(ports), containers: new HastyLauncher(ports) }),
    }),
  },
}
