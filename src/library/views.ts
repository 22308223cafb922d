/** Jobs, runs and servers as programs and people see them: parsed, with times as dates. */
import type { Job, JobId, JobStatus, LifeId, OpenLife, Run, RunId } from '../system/index.ts'

export interface JobView {
  readonly id: JobId
  readonly status: JobStatus
  /** Null for a task. */
  readonly argv: readonly string[] | null
  readonly environment: Readonly<Record<string, string>>
  /** Null: the directory of each run, or what the image says. */
  readonly directory: string | null
  /** Of a command that runs in a container. */
  readonly image: string | null
  /** The directory that its runs and those of its relaunches have in common, an absolute path; null without an image. */
  readonly mount: string | null
  /** Null for a command. */
  readonly task: string | null
  readonly payload: unknown
  /** The run that it goes on from, of the job that it is a relaunch of. */
  readonly parentRun: RunId | null
  /** What that run called what it worked on. */
  readonly sessionId: string | null
  readonly agent: string
  readonly repo: string
  readonly priority: number
  /** Attempts that count: those that were given back do not. */
  readonly attempts: number
  readonly maxAttempts: number
  readonly transientAttempts: number
  readonly launchFailures: number
  readonly lostRuns: number
  readonly createdAt: Date
  /** It does not start before. */
  readonly availableAt: Date | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly cancelRequestedAt: Date | null
  /** The server life that runs it, or ran it. */
  readonly life: LifeId | null
  readonly run: RunId | null
  readonly pid: number | null
  readonly error: string | null
}

/** One attempt. */
export interface RunView {
  readonly id: RunId
  readonly attempt: number
  /** The run that it goes on from: the one before, of this job or of the one that this is a relaunch of. */
  readonly parentRun: RunId | null
  /** `waiting`: its job has ended, its container is kept for those who look at it, or is being removed. */
  readonly phase: Run['phase']
  readonly pid: number | null
  /** What the engine calls its container. */
  readonly container: string | null
  /** What its agent called what it worked on, or was given. */
  readonly sessionId: string | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly exitCode: number | null
  readonly signal: string | null
  /** What became of the job with it: done, failed, cancelled, or why it was queued again; null while it goes on. */
  readonly outcome: string | null
  readonly error: string | null
}

/** An orchestrator that has opened a life on the database and not ended it. */
export interface ServerView {
  readonly life: LifeId
  readonly pid: number
  readonly since: Date
  readonly shared: boolean
  /** `dead`: it ended without a word, whoever starts next takes over; `elsewhere`: it cannot be seen from here. */
  readonly state: 'up' | 'dead' | 'elsewhere'
}

/** `mountAt`: where the directory of this name is. */
export function jobView(row: Job, mountAt: (mount: string) => string): JobView {
  return {
    id: row.id,
    status: row.status,
    argv: parsed(row.argv) as readonly string[] | null,
    environment: parsed(row.environment) as Readonly<Record<string, string>>,
    directory: row.directory,
    image: row.image,
    mount: row.mount === null ? null : mountAt(row.mount),
    task: row.task,
    payload: parsed(row.payload),
    parentRun: row.parent_run_id,
    sessionId: row.session_id,
    agent: row.agent,
    repo: row.repo,
    priority: row.priority,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    transientAttempts: row.transient_attempts,
    launchFailures: row.launch_failures,
    lostRuns: row.lost_runs,
    createdAt: new Date(row.created_at),
    availableAt: date(row.available_at),
    startedAt: date(row.started_at),
    finishedAt: date(row.finished_at),
    cancelRequestedAt: date(row.cancel_requested_at),
    life: row.life_id,
    run: row.run_id,
    pid: row.pid,
    error: row.error,
  }
}

export function runView(row: Run): RunView {
  const { id, attempt, phase, pid, container, signal, outcome, error } = row
  return {
    id,
    attempt,
    parentRun: row.parent_run_id,
    phase,
    pid,
    container,
    sessionId: row.session_id,
    startedAt: new Date(row.started_at),
    finishedAt: date(row.finished_at),
    exitCode: row.exit_code,
    signal,
    outcome,
    error,
  }
}

const states = { alive: 'up', gone: 'dead', foreign: 'elsewhere' } as const

export function serverView({ id, server, started_at, shared }: OpenLife, liveness: keyof typeof states): ServerView {
  return { life: id, pid: server.pid, since: new Date(started_at), shared, state: states[liveness] }
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

function date(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
