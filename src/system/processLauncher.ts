/** Commands as processes of this machine, each in a group of its own. */
import {
  type Ports,
  type ProcessReference,
  SpawnError,
  type SpawnSpec,
  type TerminationSignal,
} from '../ports/index.ts'
import type { Claim, Running } from './job.ts'
import { killSurvivors } from './kill.ts'
import { type Health, LaunchError, type Launched, type Launcher, type LaunchFailure, type Work } from './launcher.ts'

export interface ProcessWork extends Work {
  readonly mark: Pick<Required<ProcessReference>, 'pid' | 'startTime'>
}

export class ProcessLauncher implements Launcher {
  private readonly ports: Ports

  constructor(ports: Ports) {
    this.ports = ports
  }

  async launch(claim: Claim): Promise<ProcessWork> {
    try {
      const { identity, exited } = await this.ports.processes.spawn(spawnSpecOf(claim))
      return { token: claim.token, mark: identity, ended: exited }
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error
      throw new LaunchError(failureOf(error), error.isExhaustion || error.isCrowding, error.message)
    }
  }

  /** The whole group: what the process has started, too. */
  async terminate({ token, mark }: Launched, how: TerminationSignal): Promise<void> {
    if ('pid' in mark) await this.ports.processes.signalGroup({ ...mark, token }, how)
  }

  async health(running: Running): Promise<Health> {
    const liveness = await this.ports.processes.probe(referenceTo(running))
    return { state: liveness === 'alive' ? 'running' : liveness === 'gone' ? 'notFound' : 'unknown' }
  }

  endAll(tokens: readonly string[]): Promise<boolean> {
    return killSurvivors(this.ports, tokens)
  }
}

function failureOf({ permanent, isExhaustion, code }: SpawnError): LaunchFailure {
  if (permanent) return 'permanent'
  if (isExhaustion) return 'exhausted'
  return code === 'EEXIST' ? 'taken' : 'launch'
}

/** Everything that is known of the run's process. */
export function referenceTo({ pid, token, start_time, boot_id, pid_namespace }: Running): ProcessReference {
  return {
    pid: pid!,
    ...(token === null ? {} : { token }),
    ...(start_time === null ? {} : { startTime: start_time }),
    ...(boot_id === null ? {} : { bootId: boot_id }),
    ...(pid_namespace === null ? {} : { pidNamespace: pid_namespace }),
  }
}

function spawnSpecOf({ job, fence, token }: Claim): SpawnSpec {
  return {
    argv: JSON.parse(job.argv!) as [string, ...string[]],
    token,
    environment: {
      ...(JSON.parse(job.environment) as Record<string, string>),
      STRANDLINE_JOB: String(job.id),
      STRANDLINE_ATTEMPT: String(job.attempts),
    },
    directory: job.directory ?? undefined,
    run: fence,
  }
}
