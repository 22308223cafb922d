/** Jobs, runs and servers as programs and people see them: parsed, with times as dates. */
import type { Job, JobId, JobStatus, LifeId, OpenLife, Run, RunId } from '../system/index.ts'

export interface JobView {
  readonly id: JobId
  readonly status: JobStatus
  /** Null for a task. */
  readonly argv: readonly string[] | null
  readonly environment: Readonly<Record<string, string>>
  /** Null: the directory of each run. */
  readonly directory: string | null
  /** Null for a command. */
  readonly task: string | null
  readonly payload: unknown
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
  readonly phase: Run['phase']
  readonly pid: number | null
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

export function jobView(row: Job): JobView {
  return {
    id: row.id,
    status: row.status,
    argv: parsed(row.argv) as readonly string[] | null,
    environment: parsed(row.environment) as Readonly<Record<string, string>>,
    directory: row.directory,
    task: row.task,
    payload: parsed(row.payload),
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

export function runView({ id, attempt, phase, pid, started_at, finished_at, exit_code, ...row }: Run): RunView {
  const { signal, outcome, error } = row
  const startedAt = new Date(started_at)
  const finishedAt = date(finished_at)
  return { id, attempt, phase, pid, startedAt, finishedAt, exitCode: exit_code, signal, outcome, error }
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
