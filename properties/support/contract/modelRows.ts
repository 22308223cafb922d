/** What the model keeps of a job and of a run. */
import type { JobId, LifeId, RunId } from '../../../src/model/ids.ts'
import type { Job, JobSpec, Run } from '../../../src/system/index.ts'

export type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface ModelRun {
  readonly token: string
  lifeId: LifeId
  /** Somebody wants its wait to end. */
  isReleased: boolean
  startTime: number | null
  readonly row: Writable<Run>
}

/** As it is submitted; which mount it gets is the store's to choose. */
export function jobOf(id: JobId, spec: JobSpec, mount: string | null, nowMs: number): Job {
  return {
    id,
    agent: spec.agent ?? 'default',
    repo: spec.repo ?? 'default',
    ...workOf(spec),
    mount,
    parent_run_id: null,
    session_id: null,
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

function workOf(spec: JobSpec): Pick<Job, 'argv' | 'environment' | 'directory' | 'image' | 'task' | 'payload'> {
  const none = { argv: null, environment: '{}', directory: null, image: null, task: null, payload: null }
  if ('task' in spec) return { ...none, task: spec.task, payload: JSON.stringify(spec.payload ?? null) }
  const { argv = [], environment = {}, directory = null } = spec
  const image = 'image' in spec ? spec.image : null
  return { ...none, argv: JSON.stringify(argv), environment: JSON.stringify(environment), directory, image }
}

/** As the relaunch of a job that had ended, after this last run of it. */
export function relaunchOf(id: JobId, job: Job, last: Run | undefined, nowMs: number): Job {
  const { agent, repo, priority, max_attempts, transient_delay_ms } = job
  const { argv, environment, directory, image, task, payload } = job
  return {
    ...jobOf(id, { argv: ['work'] }, job.mount, nowMs),
    ...{ agent, repo, priority, max_attempts, transient_delay_ms },
    ...{ argv, environment, directory, image, task, payload },
    ...goingOnFrom(last, job),
  }
}

/** As a claim opens it, after this last run of the job. */
export function runOf(id: RunId, job: Job, last: Run | undefined, nowMs: number): Run {
  const none = { pid: null, container: null, finished_at: null, exit_code: null, signal: null }
  const { id: job_id, attempts: attempt } = job
  const open = { id, job_id, attempt, phase: 'starting', started_at: nowMs, outcome: null, error: null } as const
  return { ...none, ...open, ...goingOnFrom(last, job) }
}

function goingOnFrom(
  last: Run | undefined,
  { parent_run_id, session_id }: Job,
): Pick<Job, 'parent_run_id' | 'session_id'> {
  return { parent_run_id: last?.id ?? parent_run_id, session_id: last?.session_id ?? session_id }
}
