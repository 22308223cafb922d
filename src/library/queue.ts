/**
 * The queue in a database file, for whoever submits and looks: from any process, whether an orchestrator is up or not.
 * Whoever is up hears of it within a poll.
 */
import type { Host } from '../host/index.ts'
import {
  type CancelResult,
  type DeleteResult,
  defaultOptions,
  type JobId,
  type JobSpec,
  type JobStatus,
  Remover,
  type RunId,
  SqliteStore,
} from '../system/index.ts'
import { whole } from './checks.ts'
import { checkedFields } from './fields.ts'
import { LeftFilesError } from './leftFilesError.ts'
import { open, type Place } from './opening.ts'
import type { RunsDirectory } from './runsDirectory.ts'
import { queueFields } from './settings.ts'
import { checkedSpec } from './specification.ts'
import { type JobView, jobView, type RunView, runView, type ServerView, serverView } from './views.ts'

export interface QueueSettings extends Place {
  /** Make the database if there is none? True by default. */
  readonly create?: boolean
}

/** Opens the file, or makes it, in a directory that exists. Throws HostError or SchemaError where it cannot be used. */
export function openQueue(file: string, settings: QueueSettings = {}): Queue {
  return new Queue(file, checkedFields('the settings of a queue', settings, queueFields))
}

const id = whole(1, Number.MAX_SAFE_INTEGER)

/** Ids may be plain numbers; what is no id is refused with a SpecError. */
export class Queue {
  /** The database, and where runs have their directories; absolute. */
  readonly file: string
  readonly runsDirectory: string
  private readonly host: Host
  private readonly store: SqliteStore
  private readonly remover: Remover
  private readonly runsHome: RunsDirectory

  constructor(path: string, { create = true, ...place }: QueueSettings) {
    const { host, file, runs } = open(path, place, create)
    this.host = host
    this.file = file
    this.runsDirectory = runs.path
    this.runsHome = runs
    this.store = new SqliteStore(host.ports.database, host.ports.pool, defaultOptions)
    this.remover = new Remover(this.store, host.ports)
  }

  /** Resolves when the job is in the database. Throws SpecError. */
  async submit(spec: JobSpec): Promise<JobId> {
    return this.store.submitJob(checkedSpec(spec), this.nowMs())
  }

  /** `cancelling`: its run is to be ended, and the job becomes cancelled with it. */
  async cancel(job: number): Promise<CancelResult> {
    return this.store.cancelJob(checkedId(job), this.nowMs())
  }

  /**
   * `deleting`: it runs, is being cancelled, and goes when it has ended. Otherwise its files go at once; where something
   * keeps them, throws LeftFilesError, and whoever is up next tries again: the job is deleted all the same.
   */
  async delete(job: number): Promise<DeleteResult> {
    const id = checkedId(job)
    const result = await this.store.deleteJob(id, this.nowMs())
    if (result === 'deleted') await this.removeFiles(id)
    return result
  }

  async job(job: number): Promise<JobView | undefined> {
    const row = await this.store.job(checkedId(job))
    return row === undefined ? undefined : jobView(row)
  }

  /** The latest first. */
  async jobs(filter: { readonly status?: JobStatus; readonly limit?: number } = {}): Promise<readonly JobView[]> {
    const { status, limit = Number.MAX_SAFE_INTEGER } = filter
    id(limit, 'limit')
    return (await this.store.jobs({ status, limit })).map(jobView)
  }

  /** Of a job, in the order of its attempts. */
  async runs(job: number): Promise<readonly RunView[]> {
    return (await this.store.runsOf(checkedId(job))).map(runView)
  }

  /**
   * The file with what a run's process has written; it is there once the process was started. Throws HostError where the
   * directory of the runs is that of another database.
   */
  outputOf(run: number): string {
    id(run, "a run's id")
    this.runsHome.check()
    return this.host.ports.files.outputOf(run as RunId)
  }

  counts(): Promise<Readonly<Record<JobStatus, number>>> {
    return this.store.counts()
  }

  /** Who is up on the database, and who ended there without a word. */
  async servers(): Promise<readonly ServerView[]> {
    const lives = await this.store.openLives()
    const { processes } = this.host.ports
    return Promise.all(lives.map(async (life) => serverView(life, await processes.probe(life.server))))
  }

  /** Queued rows that cannot be, as an old database may bring them; whoever is up heals them. */
  async impossibleQueued(): Promise<number> {
    return (await this.store.findImpossibleQueued()).length
  }

  /** Room on the disk, where there is least: beside the database or in the runs' directories. */
  freeBytes(): number {
    return this.host.ports.files.freeBytes()
  }

  close(): void {
    this.host.close()
  }

  private async removeFiles(job: JobId): Promise<void> {
    try {
      this.runsHome.check()
      await this.remover.remove(job)
    } catch (error) {
      throw new LeftFilesError(job, error)
    }
  }

  private nowMs(): number {
    return this.host.ports.clock.nowMs()
  }
}

function checkedId(job: number): JobId {
  id(job, "a job's id")
  return job as JobId
}
