/**
 * An orchestrator in a program: runs commands, and tasks through the handlers it is given, until it is stopped. It keeps
 * the program alive meanwhile and no longer, and installs no signal handlers: whoever embeds it knows when to stop.
 */
import { availableParallelism } from 'node:os'
import type { Host } from '../host/index.ts'
import {
  defaultOptions,
  type Handlers,
  type Listener,
  type Options,
  Orchestrator,
  type Status,
  type Stopped,
} from '../system/index.ts'
import { checkedFields } from './fields.ts'
import { checkedId } from './ids.ts'
import { type Opened, open, type Place } from './opening.ts'
import { checkedOptions, workerFields } from './settings.ts'

export interface WorkerSettings extends Place {
  /** What carries tasks out, by name; tasks without a handler here are left to others. */
  readonly handlers?: Handlers
  /** Runs at the same time, over all servers on the database; one per core by default. */
  readonly concurrency?: number
  /** Suffer other orchestrators on the database that do so too? */
  readonly shared?: boolean
  /** The socket of the container engine; by default what DOCKER_HOST says, else Docker's own. The same for all that share. */
  readonly engine?: string
  /** What a run may write to its standard output and error together: 64 MiB by default. */
  readonly outputBytesMax?: number
  /** Instead of `workerOptions`. */
  readonly options?: Partial<Options>
  /** Something failed that will be tried again. */
  readonly onError?: (error: unknown) => void
  /** Something that whoever runs the worker should know, as a sentence. */
  readonly onNotice?: (text: string) => void
  /**
   * Aborted during the start: a wait for another orchestrator is given up, and the start rejects with the signal's
   * reason; otherwise it goes on, and nothing is claimed.
   */
  readonly signal?: AbortSignal
}

/** While a statement waits for a lock, nothing else of the program goes on; what must be written is tried again. */
const BUSY_MS = 1_000

/** What differs from `defaultOptions` on a real machine, where a plain queue is expected. */
export const workerOptions = {
  maxConcurrency: availableParallelism(),
  /** Jobs of one repo may run at the same time. */
  serialGate: false,
  /** A look at the database costs microseconds. */
  pollMs: 200,
  /** A job may run for as long as it likes. */
  ageMaxMs: Number.POSITIVE_INFINITY,
} as const satisfies Partial<Options>

/**
 * Resolves when the worker is up. Throws SpecError, HostError, SchemaError, or HeldError where another orchestrator holds
 * the database and one of the two does not share it.
 */
export async function startWorker(file: string, settings: WorkerSettings = {}): Promise<Worker> {
  const checked = checkedFields('the settings of a worker', settings, workerFields)
  const { concurrency, options: given = {}, handlers = {}, shared = false, ...more } = checked
  const { onError = ignore, onNotice = ignore, signal, ...place } = more
  const own = concurrency === undefined ? {} : { maxConcurrency: concurrency }
  const options = { ...workerOptions, ...checkedOptions(given), ...own }
  const opened = open(file, { ...place, busyMs: BUSY_MS }, true)
  const { host } = opened
  try {
    opened.runs.take()
    const patience = signal === undefined ? {} : { signal }
    const setup = { options, handlers, shared, onError, onNotice, ...patience }
    const orchestrator = await Orchestrator.start(host.ports, setup)
    return new Worker(opened, { ...defaultOptions, ...options }, orchestrator)
  } catch (error) {
    host.close()
    throw error
  }
}

/** How a worker stopped, and how it left the queue. */
export interface WorkerStopped extends Stopped {
  readonly status: Status
}

export class Worker {
  /** The database, and where runs have their directories; absolute. */
  readonly file: string
  readonly runsDirectory: string
  readonly concurrency: number
  /** How long a stop waits for what runs. */
  readonly drainMs: number
  private readonly host: Host
  private readonly orchestrator: Orchestrator
  private stopped: Promise<WorkerStopped> | undefined

  constructor({ host, file, runs }: Opened, { maxConcurrency, drainMs }: Options, orchestrator: Orchestrator) {
    this.host = host
    this.file = file
    this.runsDirectory = runs.path
    this.concurrency = maxConcurrency
    this.drainMs = drainMs
    this.orchestrator = orchestrator
  }

  status(): Promise<Status> {
    return this.orchestrator.status()
  }

  /** Runs that are under way in this process. */
  async underWay(): Promise<number> {
    const { store } = this.orchestrator
    const self = this.host.ports.processes.self()
    const isOwn = ({ pid, startTime, bootId, pidNamespace }: typeof self) =>
      [pid, startTime, bootId, pidNamespace].join() ===
      [self.pid, self.startTime, self.bootId, self.pidNamespace].join()
    const own = (await store.openLives()).filter(({ server }) => isOwn(server))
    const surveys = await Promise.all(own.map(({ id }) => store.survey(id)))
    return surveys.reduce((sum, { running }) => sum + running.length, 0)
  }

  /**
   * Looks at the run of a job until the listener is closed: when the run ends meanwhile, its container is kept, for
   * `keepaliveMs` at most. Undefined where this worker has no run of the job in a container.
   */
  connect(job: number): Listener | undefined {
    return this.orchestrator.connect(checkedId(job))
  }

  /**
   * Claims nothing more, waits up to `drainMs` for what runs, ends what is left then and gives its jobs back to the queue;
   * but containers go on, for whoever is up next. Nothing of the worker is left in the program after that. A second call waits for the first.
   */
  stop(): Promise<WorkerStopped> {
    this.stopped ??= this.drain().finally(() => this.host.close())
    return this.stopped
  }

  private async drain(): Promise<WorkerStopped> {
    const { left, abandoned } = await this.orchestrator.stop()
    return { left, abandoned, status: await this.status() }
  }
}

function ignore(): void {}
