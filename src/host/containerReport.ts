/** A container as the engine describes it, in the words of the port. */
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode'
import type { ContainerId } from '../model/ids.ts'
import type { ContainerReport, ContainerState } from '../ports/index.ts'

const states: Readonly<Record<string, ContainerState>> = {
  created: 'created',
  running: 'running',
  paused: 'running',
  restarting: 'running',
  removing: 'removing',
  exited: 'exited',
  // Podman's word.
  stopped: 'exited',
  // Its removal has failed.
  dead: 'exited',
}
/** What an engine says of something that has never happened. */
const NEVER = '0001-01-01T00:00:00Z'

/** Has it an exit code that only a closer look tells? */
export function hasEnded({ State }: ContainerInfo): boolean {
  return stateOf(State) === 'exited' || stateOf(State) === 'removing'
}

/** `closer`: what a closer look told, later. */
export function reportOf({ Id, Names, Labels, State }: ContainerInfo, closer?: ContainerInspectInfo): ContainerReport {
  const state = stateOf(closer?.State.Status ?? State)
  const ended = closer !== undefined && state !== 'running' && closer.State.FinishedAt !== NEVER
  return {
    id: Id as ContainerId,
    // Those with more slashes are what others call it.
    name: Names.find((name) => name.lastIndexOf('/') === 0)?.slice(1) ?? '',
    labels: Labels,
    state,
    exitCode: ended ? closer.State.ExitCode : null,
  }
}

/** Some engines have states of their own: a container in one of them has not ended, as far as anybody knows. */
function stateOf(status: string): ContainerState {
  return states[status] ?? 'running'
}
