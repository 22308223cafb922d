/** What a store is put on to be tested. */
import type { ContainerId, JobId } from '../../../src/model/ids.ts'
import {
  type Claim,
  type CommandSpec,
  type ContainerJobSpec,
  defaultOptions,
  type Impossible,
  type Job,
  type Options,
  type OwnLife,
  type Store,
  type TaskSpec,
} from '../../../src/system/index.ts'
import { processOf, server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'

export interface OpenedStore {
  readonly store: Store
  /** Writes past the store what its schema forbids: a queued job that belongs to somebody. */
  makeImpossible(id: JobId, owner: Omit<Impossible, 'id'>): Promise<void>
  close(): Promise<void>
}

/** Opens an empty store. */
export type OpenStore = (options: Options) => Promise<OpenedStore>

/** When everything happens that does not say when. */
export const NOW_MS = 1_000_000

/** A store, and the life of one server on it. */
export class Bench {
  readonly opened: OpenedStore
  readonly store: Store
  readonly life: OwnLife
  private names = 0

  private constructor(opened: OpenedStore, life: OwnLife) {
    this.opened = opened
    this.store = opened.store
    this.life = life
  }

  static async with(open: OpenStore, options: Partial<Options>, work: (bench: Bench) => Promise<void>): Promise<void> {
    const opened = await open({ ...defaultOptions, ...options })
    try {
      await work(new Bench(opened, await sharedLife(opened.store, server, 'first', NOW_MS)))
    } finally {
      await opened.close()
    }
  }

  submit(spec: Partial<CommandSpec> = {}): Promise<JobId> {
    return this.store.submitJob({ argv: ['work'], ...spec }, NOW_MS)
  }

  submitTask(task: string, spec: Partial<TaskSpec> = {}): Promise<JobId> {
    return this.store.submitJob({ ...spec, task }, NOW_MS)
  }

  submitContainer(spec: Partial<ContainerJobSpec> = {}): Promise<JobId> {
    return this.store.submitJob({ image: 'agent', ...spec }, NOW_MS)
  }

  /** `tasks`: those for which whoever asks has a handler. */
  next(nowMs = NOW_MS, life = this.life, tasks: readonly string[] = []): Promise<Claim | undefined | 'ended'> {
    return this.store.claimNextJob(life, () => `run${++this.names}`, tasks, nowMs)
  }

  /** Claims what must be there to be claimed. */
  async claim(nowMs = NOW_MS, life = this.life, tasks: readonly string[] = []): Promise<Claim> {
    const claim = await this.next(nowMs, life, tasks)
    if (claim === undefined || claim === 'ended') throw new Error(`nothing was claimed: ${claim}`)
    return claim
  }

  /** Claims a job and stamps this pid on it. */
  async running(pid: number): Promise<Claim> {
    const claim = await this.claim()
    if (!(await this.store.stampRun(claim, processOf(claim.token, pid)))) throw new Error('the stamp was refused')
    return claim
  }

  /** Claims a job and stamps this container on it. */
  async contained(name: string, life = this.life): Promise<Claim> {
    const claim = await this.claim(NOW_MS, life)
    const stamped = await this.store.stampRun(claim, { container: name as ContainerId })
    if (!stamped) throw new Error('the stamp was refused')
    return claim
  }

  /** A job that is done, and whose only run was in this process. */
  async done(pid: number): Promise<Claim> {
    await this.submit()
    const claim = await this.running(pid)
    await this.store.finishJob(claim, { kind: 'success' }, NOW_MS)
    return claim
  }

  async row(id: JobId): Promise<Job> {
    const job = await this.store.job(id)
    if (job === undefined) throw new Error(`there is no job ${id}`)
    return job
  }
}
