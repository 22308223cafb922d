/** Which launcher carries what out. */
import type { ContainerLauncher } from './containerLauncher.ts'
import type { Running } from './job.ts'
import type { Launcher } from './launcher.ts'
import type { ProcessLauncher } from './processLauncher.ts'

export interface Launchers {
  readonly processes: ProcessLauncher
  readonly containers: ContainerLauncher
}

/** Undefined for a task, which this very program carries out. */
export function launcherOf({ processes, containers }: Launchers, running: Running): Launcher | undefined {
  if (running.task !== null) return undefined
  return running.image === null ? processes : containers
}
