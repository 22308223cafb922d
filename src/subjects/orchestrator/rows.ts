/** The orchestrator's committed rows, typed, and what the harness knows beside them. */
import type { View } from '../../explore/index.ts'
import type { Change, SimProcess } from '../../sim/index.ts'
import { defaultOptions, type Job, type Options } from '../../system/index.ts'

export interface RunRow {
  readonly id: number
  readonly job_id: number
  readonly life_id: number
  readonly token: string
  readonly phase: string
  readonly pid: number | null
  readonly container: string | null
  readonly session_id: string | null
  readonly parent_run_id: number | null
  readonly released_at: number | null
  readonly started_at: number
  readonly finished_at: number | null
  readonly exit_code: number | null
  readonly outcome: string | null
}

export interface JobChange {
  readonly id: number
  readonly before: Job | undefined
  readonly after: Job | undefined
  readonly by: string
  readonly life: string
}

export function jobChange(change: Change): JobChange | undefined {
  if (change.table !== 'jobs') return undefined
  const { id, by, life } = change
  return { id, by, life, before: change.before as unknown as Job, after: change.after as unknown as Job }
}

export function* jobsOf(view: View): Iterable<Job> {
  for (const [, row] of view.rows('jobs')) yield row as unknown as Job
}

export function runOf(view: View, job: Job): RunRow | undefined {
  return job.fence === null ? undefined : (view.row('runs', job.fence) as unknown as RunRow | undefined)
}

/** The process that the job's pid meant when it was written. */
export function processOf(view: View, job: Job): SimProcess | undefined {
  const generation = view.meaning('jobs', job.id, 'pid')
  return generation === undefined ? undefined : view.process(generation)
}

export function isAlive(process: SimProcess | undefined): boolean {
  return process !== undefined && (process.state === 'running' || process.state === 'stopped')
}

/** The options of this run's orchestrator. */
export function optionsOf(view: View): Options {
  const { maxConcurrency, serialGate, sanitize, exitGraceMs, keepaliveMs, drainMs } = view.settings
  return {
    ...defaultOptions,
    maxConcurrency: Number(maxConcurrency ?? defaultOptions.maxConcurrency),
    serialGate: Boolean(serialGate ?? true),
    exitGraceMs: Number(exitGraceMs ?? defaultOptions.exitGraceMs),
    keepaliveMs: Number(keepaliveMs ?? defaultOptions.keepaliveMs),
    drainMs: Number(drainMs ?? defaultOptions.drainMs),
    sanitizeImpossibleQueued: Boolean(sanitize ?? true),
  }
}

/** The gauge by which a server shows until when it starts nothing, because the machine could not start anything. */
export function pausedUntil(server: number): string {
  return `paused_until_ms/${server}`
}

export function isPaused(view: View): boolean {
  for (let server = 0; server < view.profile.servers; server++)
    if (view.gauge(pausedUntil(server)) > view.nowUs / 1000) return true
  return false
}

/** How long it may take until a server that is gone has been noticed and its jobs are back: recovery counts rounds. */
export function takeOverMs({ leaseRounds, reapMs, deadTicks }: Options): number {
  return (leaseRounds + deadTicks + 4) * reapMs + 10_000
}

export function isEligible(view: View, job: Job, options: Options): boolean {
  if (job.status !== 'queued' || (job.available_at ?? 0) > view.wallMs) return false
  if (job.mount !== null)
    for (const other of jobsOf(view)) if (other.mount === job.mount && other.status === 'running') return false
  if (!options.serialGate) return true
  for (const other of jobsOf(view))
    if (other.repo === job.repo && other.id < job.id && (other.status === 'queued' || other.status === 'running'))
      return false
  return true
}

export function about(job: number, pid?: number | null): string[] {
  return pid === null || pid === undefined ? [`job:${job}`] : [`job:${job}`, `pid:${pid}`]
}
