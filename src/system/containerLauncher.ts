/**
 * Commands in containers of an engine. Each carries the installation, the run and the run's token as labels; what does
 * not is never touched. An engine may restart, and forget whom it wanted to tell: so its answers are asked for again
 * until there is one, and what nobody hears of, the reaper finds.
 */
import type { ContainerId } from '../model/ids.ts'
import { continuesOne, installationOf, runNameOf } from '../model/token.ts'
import {
  ContainerError,
  type ContainerReport,
  type ContainerSpec,
  type Ports,
  type TerminationSignal,
} from '../ports/index.ts'
import type { Claim, Running } from './job.ts'
import { firstOf, Latch } from './latch.ts'
import { type Health, LaunchError, type Launched, type Launcher, type Work } from './launcher.ts'
import type { Outcome } from './outcome.ts'
import { isCrowded, readResult } from './result.ts'
import { mountPlace, runPlace, statePlace } from './runPlace.ts'

export const labels = {
  installation: 'strandline.installation',
  run: 'strandline.run',
  fence: 'strandline.fence',
  mount: 'strandline.mount',
} as const

/** Where the agent inside finds what is bound. */
export const inside = { state: '/strandline/state', mount: '/strandline/mount' } as const

/** So long somebody tries to end what will not end; the next round tries again. */
const END_MS_MAX = 5_000
const CHECK_MS = 100
const AGAIN_MS = 500
const AGAIN_MS_MAX = 5_000
const NAME_DIGITS = 12
/** So long somebody waits for a removal, which may go on after that. */
const REMOVAL_MS_MAX = 10_000
const NO_LONGER_NEEDED = 'no longer needed'

export interface ContainerWork extends Work {
  readonly mark: { readonly container: ContainerId }
}

export class ContainerLauncher implements Launcher {
  protected readonly ports: Ports

  constructor(ports: Ports) {
    this.ports = ports
  }

  async launch(claim: Claim, over: AbortSignal): Promise<ContainerWork> {
    const { containers } = this.ports
    try {
      const spec = await this.furnish(claim)
      over.throwIfAborted()
      const container = await this.create(claim, spec)
      over.throwIfAborted()
      await this.clear(claim)
      over.throwIfAborted()
      await containers.start(container)
      return this.watch(claim, container, over)
    } catch (error) {
      throw launchErrorOf(error)
    }
  }

  /** What was started for the claim, perhaps by an earlier life. */
  watch(claim: Claim, container: ContainerId, over: AbortSignal): ContainerWork {
    const ending = new Latch()
    const ended = this.outcomeOf(claim, container, ending, over)
    return { token: claim.token, mark: { container }, ending: ending.happened, ended }
  }

  async terminate({ mark }: Launched, how: TerminationSignal): Promise<void> {
    if (!('container' in mark)) return
    try {
      await this.ports.containers.kill(mark.container, how)
    } catch (error) {
      // It may have been lost: whoever wants the container to end asks again as long as it has not.
      if (!(error instanceof ContainerError)) throw error
    }
  }

  async health(running: Running): Promise<Health> {
    const { fence, token } = running
    try {
      const [found] = await this.ports.containers.list({ [labels.fence]: token! })
      if (found === undefined || found.state === 'created') return { state: 'notFound' }
      if (found.state === 'removing') return { state: 'unknown' }
      if (found.state === 'running' || found.exitCode === null) return { state: 'running' }
      const outcome = await this.outcome({ fence: fence!, token: token! }, found.exitCode)
      return { state: outcome.code === 0 ? 'succeeded' : 'failed', outcome }
    } catch (error) {
      if (error instanceof ContainerError || isCrowded(error)) return { state: 'unknown' }
      throw error
    }
  }

  async endAll(tokens: readonly string[]): Promise<boolean> {
    const { clock } = this.ports
    const untilMs = clock.monotonicMs() + END_MS_MAX
    do {
      const left = await this.carrying(tokens)
      if (left?.length === 0) return true
      for (const { id } of left ?? []) await this.remove(id)
      await clock.sleep(CHECK_MS)
    } while (clock.monotonicMs() < untilMs)
    return false
  }

  /** One look at what carries these tokens, which is removed; returns those tokens of which nothing is left. */
  async endOnce(tokens: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.carrying(tokens)
    if (found === undefined) return new Set()
    const gone = new Set(tokens)
    for (const report of found) if (!(await this.remove(report.id))) gone.delete(report.labels[labels.fence]!)
    return gone
  }

  /** Undefined: the engine does not say. */
  private async carrying(tokens: readonly string[]): Promise<readonly ContainerReport[] | undefined> {
    const installations = new Set(tokens.map(installationOf))
    const found: ContainerReport[] = []
    try {
      for (const installation of installations)
        found.push(...(await this.ports.containers.list({ [labels.installation]: installation })))
    } catch (error) {
      if (error instanceof ContainerError) return undefined
      throw error
    }
    return found.filter((report) => continuesOne(report.labels[labels.fence] ?? '', tokens))
  }

  /** False where it may not be gone: another removal may be under way, and a failed one may be tried again. */
  private async remove(id: ContainerId): Promise<boolean> {
    const { containers, clock } = this.ports
    const timer = new AbortController()
    try {
      const late = clock.sleep(REMOVAL_MS_MAX, timer.signal).catch(() => undefined)
      return (await firstOf({ removed: containers.remove(id), late })).name === 'removed'
    } catch (error) {
      if (!(error instanceof ContainerError)) throw error
      return false
    } finally {
      timer.abort(NO_LONGER_NEEDED)
    }
  }

  private async furnish(claim: Claim): Promise<ContainerSpec> {
    const { files } = this.ports
    const mount = mountPlace(claim.job.mount!)
    await this.prepare(claim)
    await files.makeDirectory(mount, 'everybody').catch(unlessThere)
    return specOf(claim, this.nameOf(claim), files.absolute(this.stateOf(claim)), files.absolute(mount))
  }

  protected create(_: Claim, spec: ContainerSpec): Promise<ContainerId> {
    return this.ports.containers.create(spec)
  }

  /**
   * An earlier run that was given up may have left a container that works on the same mount, or is about to. Where there
   * is one of a later run, this one was given up, and has not heard of it yet. Both have made theirs before they look, and
   * start it after: so of two at least one sees the other, however late a call arrives.
   */
  protected async clear({ fence, job }: Claim): Promise<void> {
    const { containers } = this.ports
    for (const { id, state, ...other } of await containers.list({ [labels.mount]: job.mount! })) {
      const run = Number(other.labels[labels.run])
      if (state !== 'created' && state !== 'running') continue
      if (run > fence) throw new LaunchError('launch', false, `run ${run} of job ${job.id} is at work already`)
      if (run < fence) await containers.remove(id)
    }
  }

  protected async prepare(claim: Claim): Promise<void> {
    const { files } = this.ports
    await files.makeDirectory(runPlace(claim.fence), 'own')
    await files.makeDirectory(this.stateOf(claim), 'everybody')
  }

  protected nameOf({ fence, token }: Claim): string {
    return `strandline-${installationOf(token).slice(0, NAME_DIGITS)}-${fence}`
  }

  protected stateOf(run: Pick<Claim, 'fence' | 'token'>): string {
    return statePlace(run)
  }

  /** What the agent says overrides the engine. */
  private async outcome(run: Pick<Claim, 'fence' | 'token'>, exitCode: number): Promise<Outcome> {
    const { code = exitCode, sessionId } = await readResult(this.ports.files, this.stateOf(run))
    return { code, signal: null, sessionId }
  }

  private async outcomeOf(claim: Claim, container: ContainerId, ending: Latch, over: AbortSignal): Promise<Outcome> {
    const { containers, clock } = this.ports
    for (let pauseMs = AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, AGAIN_MS_MAX)) {
      try {
        const code = await containers.wait(container, claim.fence, over, () => ending.set())
        ending.set()
        return await this.outcome(claim, code)
      } catch (error) {
        if (over.aborted || isMissing(error)) return await never()
        if (!(error instanceof ContainerError || isCrowded(error))) throw error
        await clock.sleep(pauseMs)
      }
    }
  }
}

function specOf({ job, fence, token, session_id }: Claim, name: string, state: string, mount: string): ContainerSpec {
  return {
    name,
    image: job.image!,
    argv: JSON.parse(job.argv!) as string[],
    environment: {
      ...(JSON.parse(job.environment) as Record<string, string>),
      // Not the whole: where the server sees the processes of containers, it would take them for its own.
      STRANDLINE_RUN: runNameOf(token),
      STRANDLINE_JOB: String(job.id),
      STRANDLINE_ATTEMPT: String(job.attempts),
      STRANDLINE_STATE: inside.state,
      STRANDLINE_MOUNT: inside.mount,
      ...(session_id === null ? {} : { STRANDLINE_SESSION: session_id }),
    },
    directory: job.directory ?? undefined,
    labels: {
      [labels.installation]: installationOf(token),
      [labels.run]: String(fence),
      [labels.fence]: token,
      [labels.mount]: job.mount!,
    },
    binds: [
      { source: state, target: inside.state },
      { source: mount, target: inside.mount },
    ],
  }
}

/** An engine that cannot be reached may be back in a while: nothing of it is the job's fault, or counted against it. */
function launchErrorOf(error: unknown): unknown {
  if (error instanceof LaunchError) return error
  if (error instanceof ContainerError) {
    const { failure, message } = error
    return new LaunchError(
      failure === 'impossible' ? 'permanent' : failure === 'unreachable' ? 'unavailable' : 'launch',
      false,
      message,
    )
  }
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM)$/.test(String(code)))
    return new LaunchError('exhausted', true, String(message))
  if (code === 'EEXIST')
    return new LaunchError('taken', false, `${message}: it was there before the run, and was left alone`)
  return typeof code === 'string' && code.startsWith('E') ? new LaunchError('launch', false, String(message)) : error
}

function unlessThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'EEXIST') throw error
}

function isMissing(error: unknown): boolean {
  return error instanceof ContainerError && error.failure === 'missing'
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}
