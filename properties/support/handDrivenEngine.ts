/** An engine whose containers do nothing by themselves: the test lets them exit, and stands in the way of its answers. */
import type { ContainerId } from '../../src/model/ids.ts'
import {
  ContainerError,
  type ContainerFailure,
  type ContainerReport,
  type ContainerSpec,
  type ContainerState,
  type Containers,
  type TerminationSignal,
} from '../../src/ports/index.ts'
import { Latch } from '../../src/system/latch.ts'

export type EngineCall = 'create' | 'start' | 'wait' | 'kill' | 'remove' | 'list'

interface Box {
  readonly id: ContainerId
  readonly spec: ContainerSpec
  state: ContainerState
  exitCode: number | null
  readonly over: Latch
}

export class HandDrivenEngine implements Containers {
  /** All signals that were sent, to whatever runs. */
  readonly signals: TerminationSignal[] = []
  private readonly boxes = new Map<ContainerId, Box>()
  private readonly obstacles = new Map<EngineCall, () => Promise<void>>()
  private readonly stuck = new Set<ContainerId>()
  private born = 0

  /** From now on, this call comes to nothing but this. */
  fail(call: EngineCall, failure: ContainerFailure): void {
    this.obstacles.set(call, () => Promise.reject(new ContainerError(failure, `${call}: ${failure}`)))
  }

  /** From now on, this call does nothing before the promise has settled; what came before it goes on. */
  hold(call: EngineCall, until: Promise<void>): void {
    this.obstacles.set(call, () => until)
  }

  /** It cannot be removed. */
  cling(id: ContainerId): void {
    this.stuck.add(id)
  }

  heal(...calls: readonly EngineCall[]): void {
    for (const call of calls) this.obstacles.delete(call)
  }

  isUnreachable(): void {
    for (const call of ['create', 'start', 'wait', 'kill', 'remove', 'list'] as const) this.fail(call, 'unreachable')
  }

  isBack(): void {
    this.obstacles.clear()
  }

  /** What is there, in the order of its creation. */
  get reports(): readonly ContainerReport[] {
    return [...this.boxes.values()].map(reportOf)
  }

  get specs(): readonly ContainerSpec[] {
    return [...this.boxes.values()].map(({ spec }) => spec)
  }

  /** The one container that there is. */
  get only(): ContainerReport {
    const [report, ...others] = this.reports
    if (report === undefined || others.length > 0) throw new Error(`there are ${this.boxes.size} containers`)
    return report
  }

  /** Something that somebody else has put there. */
  place(name: string, labels: Readonly<Record<string, string>>, state: ContainerState = 'running'): ContainerId {
    const spec = { name, image: 'image', argv: [], environment: {}, directory: undefined, labels, binds: [] }
    return this.add(spec, state).id
  }

  exit(id: ContainerId, code: number): void {
    const box = this.boxes.get(id)!
    box.state = 'exited'
    box.exitCode = code
    box.over.set()
  }

  /** As if somebody had removed it behind everybody's back. */
  vanish(id: ContainerId): void {
    const box = this.boxes.get(id)!
    this.boxes.delete(id)
    box.over.set()
  }

  async create(spec: ContainerSpec): Promise<ContainerId> {
    await this.obstacles.get('create')?.()
    if ([...this.boxes.values()].some((box) => box.spec.name === spec.name))
      throw new ContainerError('conflict', `${spec.name} is taken`)
    return this.add(spec, 'created').id
  }

  async start(id: ContainerId): Promise<void> {
    await this.obstacles.get('start')?.()
    this.boxOf(id).state = 'running'
  }

  async wait(id: ContainerId, _run: unknown, signal: AbortSignal): Promise<number> {
    await this.obstacles.get('wait')?.()
    const box = this.boxOf(id)
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    await Promise.race([box.over.happened, aborted])
    // The connection may have broken meanwhile.
    await this.obstacles.get('wait')?.()
    this.boxOf(id)
    return box.exitCode!
  }

  async kill(id: ContainerId, signal: TerminationSignal): Promise<'sent' | 'gone'> {
    await this.obstacles.get('kill')?.()
    if (this.boxes.get(id)?.state !== 'running') return 'gone'
    this.signals.push(signal)
    return 'sent'
  }

  async remove(id: ContainerId): Promise<void> {
    await this.obstacles.get('remove')?.()
    if (this.stuck.has(id)) throw new ContainerError('failed', `${id} will not go`)
    if (this.boxes.has(id)) this.vanish(id)
  }

  async list(labels: Readonly<Record<string, string>>): Promise<readonly ContainerReport[]> {
    await this.obstacles.get('list')?.()
    return this.reports.filter((report) =>
      Object.entries(labels).every(([name, value]) => report.labels[name] === value),
    )
  }

  private add(spec: ContainerSpec, state: ContainerState): Box {
    const id = `container-${++this.born}` as ContainerId
    const box = { id, spec, state, exitCode: null, over: new Latch() }
    this.boxes.set(id, box)
    return box
  }

  private boxOf(id: ContainerId): Box {
    const box = this.boxes.get(id)
    if (box === undefined) throw new ContainerError('missing', `there is no ${id}`)
    return box
  }
}

function reportOf({ id, spec: { name, labels }, state, exitCode }: Box): ContainerReport {
  return { id, name, labels, state, exitCode }
}
