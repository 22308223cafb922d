/**
 * A Docker Engine's containers. It decides everything itself, goes on with what was asked for whether or not its answer
 * arrives, and may die under a wait (spec: kernel C1, C5, C6, C13, C16).
 */
import type Dockerode from 'dockerode'
import type { ContainerId, RunId } from '../model/ids.ts'
import {
  ContainerError,
  type ContainerFailure,
  type ContainerReport,
  type ContainerSpec,
  type Containers,
  type TerminationSignal,
} from '../ports/index.ts'
import { creationOf } from './containerCreation.ts'
import { ContainerOutput } from './containerOutput.ts'
import { hasEnded, reportOf } from './containerReport.ts'
import { Engine, type Verdicts } from './engine.ts'
import type { HostFiles } from './files.ts'

/** Anything else could be a name, which another container may have. */
const ID = /^[0-9a-f]{64}$/
const ID_LENGTH_SHOWN = 12
/** Some engines never end the output of a container that has ended. */
const SILENCE_MS_MAX = 5_000

export interface ContainersSettings {
  /** The engine's socket; undefined: where the environment says. */
  readonly engine: string | undefined
  /** What a container may print. */
  readonly outputBytesMax: number
}

/** Of what a container prints. */
interface Copy {
  readonly output: ContainerOutput
  /** Resolves when nothing more is copied. */
  readonly kept: Promise<void>
}

export class HostContainers implements Containers {
  private readonly engine: Engine
  private readonly files: HostFiles
  private readonly outputBytesMax: number

  constructor(files: HostFiles, { engine, outputBytesMax }: ContainersSettings) {
    this.engine = new Engine(engine)
    this.files = files
    this.outputBytesMax = outputBytesMax
  }

  async create(spec: ContainerSpec): Promise<ContainerId> {
    const { name, image } = spec
    const creation = creationOf(spec, this.outputBytesMax)
    const { id } = await this.engine.ask<{ id: string }>((docker) => docker.createContainer(creation), {
      400: (said) => fail('impossible', `container ${name} cannot be made: ${said}`),
      404: (said) =>
        fail('impossible', /no such image/i.test(said) ? `there is no image ${image}: pull or build it first` : said),
      409: () => fail('conflict', `there is a container named ${name} already`),
    })
    return id as ContainerId
  }

  async start(id: ContainerId): Promise<void> {
    await this.ask(id, (container) => container.start(), {
      304: () => undefined,
      400: (said) => fail('impossible', `container ${shortened(id)} cannot be started: ${said}`),
      // Which is running, too.
      409: (said) => (/paused/.test(said) ? undefined : refuseBusy(said)),
    })
  }

  async wait(id: ContainerId, run: RunId, signal: AbortSignal, ended?: () => void): Promise<number> {
    signal.throwIfAborted()
    const stop = new AbortController()
    const abort = () => stop.abort()
    signal.addEventListener('abort', abort, { once: true })
    let copy = this.copy(id, run, stop.signal)
    try {
      const code = await this.exitOf(id, stop.signal)
      ended?.()
      await whileItGrows(copy, abort)
      // The engine may have ended what was followed before all of it was there; now it is.
      if (!stop.signal.aborted && !copy.output.isCut) {
        copy = this.copy(id, run, stop.signal)
        await whileItGrows(copy, abort)
      }
      signal.throwIfAborted()
      return code
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      signal.removeEventListener('abort', abort)
      stop.abort()
      await copy.kept
    }
  }

  async kill(id: ContainerId, signal: TerminationSignal): Promise<'sent' | 'gone'> {
    const work = async (container: Dockerode.Container) => {
      await container.kill({ signal })
      return 'sent' as const
    }
    return this.ask<'sent' | 'gone'>(id, work, { 404: () => 'gone', 409: () => 'gone' })
  }

  /** With the volumes that have no name. */
  async remove(id: ContainerId): Promise<void> {
    await this.ask(id, (container) => container.remove({ force: true, v: true }), {
      404: () => undefined,
      409: refuseBusy,
    })
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerReport[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
    const found = await this.engine.ask((docker) => docker.listContainers({ all: true, filters: { label } }))
    const reports: ContainerReport[] = []
    // The youngest is told first.
    for (const info of found.reverse()) {
      if (!hasEnded(info)) reports.push(reportOf(info))
      else reports.push(...(await this.closerReport(info)))
    }
    return reports
  }

  /** Breaks off what is waited for. Containers go on. */
  close(): void {
    this.engine.close()
  }

  private ask<Value>(
    id: ContainerId,
    work: (container: Dockerode.Container) => Promise<Value>,
    verdicts?: Verdicts<Value>,
  ): Promise<Value> {
    if (!ID.test(id)) throw new RangeError(`a container's id has 64 hexadecimal digits, unlike ${id}`)
    return this.engine.ask((docker) => work(docker.getContainer(id)), verdicts)
  }

  /** None if it has vanished in between. */
  private async closerReport(info: Dockerode.ContainerInfo): Promise<readonly ContainerReport[]> {
    const look = async (container: Dockerode.Container) => [reportOf(info, await container.inspect())]
    return this.ask<readonly ContainerReport[]>(info.Id as ContainerId, look, { 404: () => [] })
  }

  /** Whatever goes wrong with what it prints, it has ended or not. */
  private copy(id: ContainerId, run: RunId, signal: AbortSignal): Copy {
    const output = new ContainerOutput(this.files.outputOf(run), this.outputBytesMax)
    return { output, kept: this.keep(id, output, signal).catch(() => undefined) }
  }

  private async keep(id: ContainerId, output: ContainerOutput, abortSignal: AbortSignal): Promise<void> {
    const wish = { follow: true, stdout: true, stderr: true, abortSignal } as const
    const stream = await this.engine.askPatiently((docker) => docker.getContainer(id).logs(wish))
    await output.keep(stream as AsyncIterable<Buffer>)
  }

  private async exitOf(id: ContainerId, abortSignal: AbortSignal): Promise<number> {
    const { State } = await this.ask(id, (container) => container.inspect({ abortSignal }))
    // The engine would say that it has exited with 0.
    if (State.Status === 'created') fail('failed', `container ${shortened(id)} has not been started`)
    const { StatusCode } = await this.engine.askPatiently((docker) => docker.getContainer(id).wait({ abortSignal }))
    if (StatusCode < 0) fail('unreachable', `the container engine has stopped to wait for container ${shortened(id)}`)
    return StatusCode
  }
}

async function whileItGrows({ kept, output }: Copy, stop: () => void): Promise<void> {
  let bytes = output.bytesWritten
  const rounds = setInterval(() => {
    if (output.bytesWritten === bytes) stop()
    bytes = output.bytesWritten
  }, SILENCE_MS_MAX)
  await kept
  clearInterval(rounds)
}

function refuseBusy(said: string): never {
  return fail(/marked for removal|already in progress/.test(said) ? 'busy' : 'failed', said)
}

function fail(failure: ContainerFailure, message: string): never {
  throw new ContainerError(failure, message)
}

function shortened(id: ContainerId): string {
  return id.slice(0, ID_LENGTH_SHOWN)
}
