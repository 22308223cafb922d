/** Rows as the store hands them out, and what a caller asks for. */
import type { ContainerId, Fence, JobId, LifeId, Pid, RunId } from '../model/ids.ts'
import type { JobStatus, RunPhase } from '../model/lifecycle.ts'
import type { ProcessIdentity } from '../ports/index.ts'

/**
 * What somebody wants done: a command to run as a process or in a container, or a task that a handler of the server
 * carries out.
 */
export type JobSpec = CommandSpec | ContainerJobSpec | TaskSpec

export interface CommandSpec extends Terms {
  /** A program and its arguments; no shell reads them. */
  readonly argv: readonly [string, ...string[]]
  /** The environment of its process; nothing of a server's own is added but STRANDLINE_RUN, _JOB and _ATTEMPT. */
  readonly environment?: Readonly<Record<string, string>>
  /** Its working directory, an absolute path; by default the directory of each run. */
  readonly directory?: string
}

export interface ContainerJobSpec extends Terms {
  /** An image that the engine has; none is pulled. */
  readonly image: string
  /** Replaces what the image runs; empty or absent: what the image says. */
  readonly argv?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Its working directory inside; by default the image's. */
  readonly directory?: string
}

export interface TaskSpec extends Terms {
  /** The name of the handler. */
  readonly task: string
  /** What the handler is given: anything that JSON holds. */
  readonly payload?: unknown
}

/** When a job runs and how often it is tried. */
export interface Terms {
  readonly agent?: string
  readonly repo?: string
  /** Lower goes first. */
  readonly priority?: number
  readonly maxAttempts?: number
  /** Milliseconds until it may start. */
  readonly delayMs?: number
  /** Instead of the back-off: how long to wait after a transient failure. */
  readonly transientDelayMs?: number
}

export interface Job {
  readonly id: JobId
  readonly agent: string
  readonly repo: string
  /** A JSON array; NULL for a task. */
  readonly argv: string | null
  /** A JSON object. */
  readonly environment: string
  readonly directory: string | null
  /** Of a command that runs in a container. */
  readonly image: string | null
  /** Names the directory that its runs have in common; NULL without an image. */
  readonly mount: string | null
  /** The name of its handler; NULL for a command. */
  readonly task: string | null
  /** JSON; NULL for a command. */
  readonly payload: string | null
  /** The run that it goes on from, of the job that it is a relaunch of. */
  readonly parent_run_id: RunId | null
  readonly session_id: string | null
  readonly priority: number
  readonly status: JobStatus
  readonly attempts: number
  readonly max_attempts: number
  readonly transient_attempts: number
  readonly launch_failures: number
  readonly lost_runs: number
  readonly transient_delay_ms: number | null
  readonly available_at: number | null
  readonly created_at: number
  readonly fence: Fence | null
  readonly life_id: LifeId | null
  readonly run_id: RunId | null
  readonly pid: Pid | null
  readonly started_at: number | null
  readonly finished_at: number | null
  readonly cancel_requested_at: number | null
  readonly error: string | null
}

/** One attempt at a job. */
export interface Run {
  readonly id: RunId
  readonly job_id: JobId
  readonly attempt: number
  /** The run that it goes on from. */
  readonly parent_run_id: RunId | null
  readonly phase: RunPhase
  readonly pid: Pid | null
  readonly container: ContainerId | null
  readonly session_id: string | null
  readonly started_at: number
  readonly finished_at: number | null
  readonly exit_code: number | null
  readonly signal: string | null
  readonly outcome: string | null
  readonly error: string | null
}

/** By what a claim is known: every write for it is guarded by all three. */
export interface Held {
  readonly id: JobId
  /** NULL where an old database has none. */
  readonly fence: Fence | null
  /** Another life may adopt the run. */
  readonly life_id: LifeId | null
}

/** A job as its owner holds it. */
export interface Claim extends Held {
  readonly fence: Fence
  readonly life_id: LifeId
  /** In the environment of the run's process. */
  readonly token: string
  /** What an earlier run of the same work has left for this one. */
  readonly session_id: string | null
  readonly job: Job
}

/** A running job with its present run, for those who watch over it. */
export interface Running extends Held {
  readonly task: string | null
  readonly image: string | null
  /** NULL until something was started for it. */
  readonly run_id: RunId | null
  readonly pid: Pid | null
  readonly container: ContainerId | null
  readonly started_at: number | null
  readonly transient_delay_ms: number | null
  /** Of the run that this claim opened; NULL where an old database has none. */
  readonly token: string | null
  readonly start_time: number | null
  readonly run_finished_at: number | null
  readonly exit_code: number | null
  readonly signal: string | null
  /** Of the life that claimed it. */
  readonly life_token: string | null
  readonly boot_id: string | null
  readonly pid_namespace: string | null
}

/** A run that has ended with its job, but for its container. */
export interface WaitingRun {
  readonly id: RunId
  readonly token: string
}

/** The life that this server leads. */
export interface OwnLife {
  readonly id: LifeId
  /** Begins the tokens of all processes that it starts. */
  readonly token: string
}

/** Another server life that has not ended. */
export interface OpenLife {
  readonly id: LifeId
  readonly beats: number
  readonly started_at: number
  /** Do other servers share the database with it? */
  readonly shared: boolean
  /** Begins the tokens of all processes that this life started. */
  readonly token: string
  readonly server: Omit<ProcessIdentity, 'token'>
}
