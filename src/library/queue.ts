/**
 * The queue in a database file, for whoever submits and looks: from any process, whether an orchestrator is up or not.
 * Whoever is up hears of it within a poll.
 */
import type { Host } from '../host/index.ts'
import {
  type CancelResult,
  type DeleteResult,
  defaultOptions,
  type Job,
  type JobId,
  type JobSpec,
  type JobStatus,
  mountPlace,
  type RelaunchResult,
  Remover,
  type RunId,
  SqliteStore,
} from '../system/index.ts'
import { checkedFields } from './fields.ts'
import { checkedId, id } from './ids.ts'
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

  /**
   * A new job for the same work, on the same terms but for the delay. A container's goes on where that one has stopped:
   * with what is in its mount, and with the session of its last run. `unfinished`: of what waits or runs there is no other.
   */
  async relaunch(job: number): Promise<RelaunchResult> {
    return this.store.relaunchJob(checkedId(job), this.nowMs())
  }

  /**
   * `cancelling`: its run is to be ended, and the job becomes cancelled with it. `released`: it has ended, and its
   * container is kept no longer for those who look at it.
   */
  async cancel(job: number): Promise<CancelResult> {
    return this.store.cancelJob(checkedId(job), this.nowMs())
  }

  /**
   * `deleting`: it runs and is being cancelled, or its container is still there; it goes after that. Otherwise its files
   * go at once; where something keeps them, throws LeftFilesError, and whoever is up next tries again: the job is deleted all the same.
   */
  async delete(job: number): Promise<DeleteResult> {
    const id = checkedId(job)
    const result = await this.store.deleteJob(id, this.nowMs())
    if (result === 'deleted') await this.removeFiles(id)
    return result
  }

  async job(job: number): Promise<JobView | undefined> {
    const row = await this.store.job(checkedId(job))
    return row === undefined ? undefined : this.viewOf(row)
  }

  /** The latest first. */
  async jobs(filter: { readonly status?: JobStatus; readonly limit?: number } = {}): Promise<readonly JobView[]> {
    const { status, limit = Number.MAX_SAFE_INTEGER } = filter
    id(limit, 'limit')
    return (await this.store.jobs({ status, limit })).map((row) => this.viewOf(row))
  }

  /** Of a job, in the order of its attempts. */
  async runs(job: number): Promise<readonly RunView[]> {
    return (await this.store.runsOf(checkedId(job))).map(runView)
  }

  /**
   * The file with what a run's process or container has written; it is there once that was started. Throws HostError where the
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

  /** How many runs have ended whose containers are kept for somebody who looks at them, or are being removed. */
  waitingRuns(): Promise<number> {
    return this.store.countWaiting()
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

  private viewOf(row: Job): JobView {
    return jobView(row, (mount) => this.host.ports.files.absolute(mountPlace(mount)))
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
