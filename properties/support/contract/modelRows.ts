/** What the model keeps of a job and of a run. */
import type { JobId, LifeId, RunId } from '../../../src/model/ids.ts'
import type { Job, JobSpec, Run } from '../../../src/system/index.ts'

export type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface ModelRun {
  readonly token: string
  readonly lifeId: LifeId
  startTime: number | null
  readonly row: Writable<Run>
}

/** As it is submitted. */
export function jobOf(id: JobId, spec: JobSpec, nowMs: number): Job {
  return {
    id,
    agent: spec.agent ?? 'default',
    repo: spec.repo ?? 'default',
    ...workOf(spec),
    priority: spec.priority ?? 0,
    status: 'queued',
    attempts: 0,
    max_attempts: spec.maxAttempts ?? 2,
    transient_attempts: 0,
    launch_failures: 0,
    lost_runs: 0,
    transient_delay_ms: spec.transientDelayMs ?? null,
    available_at: spec.delayMs === undefined || spec.delayMs === 0 ? null : nowMs + spec.delayMs,
    created_at: nowMs,
    fence: null,
    life_id: null,
    run_id: null,
    pid: null,
    started_at: null,
    finished_at: null,
    cancel_requested_at: null,
    error: null,
  }
}

function workOf(spec: JobSpec): Pick<Job, 'argv' | 'environment' | 'directory' | 'task' | 'payload'> {
  const none = { argv: null, environment: '{}', directory: null, task: null, payload: null }
  if ('task' in spec) return { ...none, task: spec.task, payload: JSON.stringify(spec.payload ?? null) }
  const environment = JSON.stringify(spec.environment ?? {})
  return { ...none, argv: JSON.stringify(spec.argv), environment, directory: spec.directory ?? null }
}

/** As a claim opens it. */
export function runOf(id: RunId, { id: job_id, attempts: attempt }: Job, nowMs: number): Run {
  const none = { pid: null, finished_at: null, exit_code: null, signal: null, outcome: null, error: null }
  return { ...none, id, job_id, attempt, phase: 'starting', started_at: nowMs }
}
