/** How the SQLite store turns rows into what it hands out, and what it is given into columns. */
import type { Ending, Next } from '../model/ending.ts'
import type { JobId, LifeId, Pid, RunId } from '../model/ids.ts'
import { lifeTokenOf } from '../model/token.ts'
import type { SqlValue } from '../ports/index.ts'
import type { JobSpec, OpenLife } from './job.ts'
import type { Mark, Removable } from './store.ts'

export interface LifeRow {
  readonly id: LifeId
  readonly boot_id: string
  readonly pid_namespace: string
  readonly pid: Pid
  readonly start_time: number
  readonly token: string
  readonly beats: number
  readonly started_at: number
  readonly shared: number
}

export function openLifeOf(row: LifeRow): OpenLife {
  const { id, boot_id: bootId, pid_namespace: pidNamespace, pid, start_time: startTime, token, beats, started_at } = row
  return { id, beats, token, started_at, shared: row.shared === 1, server: { bootId, pidNamespace, pid, startTime } }
}

export interface RemovableRow {
  readonly id: JobId
  readonly mount: string | null
  /** A JSON array. */
  readonly runs: string
}

export function removableOf({ id, mount, runs }: RemovableRow): Removable {
  return { id, mount, runs: JSON.parse(runs) as RunId[] }
}

/** argv, environment, directory, image (and once more, for whether there is a mount), task and payload of a job's row. */
export function workOf(spec: JobSpec): readonly (string | null)[] {
  if ('task' in spec) return [null, '{}', null, null, null, spec.task, JSON.stringify(spec.payload ?? null)]
  const { argv = [], environment = {}, directory = null } = spec
  const image = 'image' in spec ? spec.image : null
  return [JSON.stringify(argv), JSON.stringify(environment), directory, image, image, null, null]
}

/** pid, start_time and container of a run's row. */
export function markOf(mark: Mark): readonly [pid: number | null, startTime: number | null, container: string | null] {
  if (mark === undefined) return [null, null, null]
  return 'container' in mark ? [null, null, mark.container] : [mark.pid, mark.startTime, null]
}

/** Each token with the token of the life that it continues, as JSON. */
export function withLives(tokens: readonly string[]): SqlValue {
  return JSON.stringify(tokens.map((token) => ({ token, life: lifeTokenOf(token) })))
}

/** What a run's row calls its end. */
export function outcomeOf(next: Next, ending: Ending): string {
  return next.status === 'queued' ? ending.kind : next.status
}

/**
 * With parameters into which the planner cannot look: where it has, as at `LIMIT ?` or beside a partial index, SQLite
 * prepares the statement anew at every execution, at thirty times the cost.
 */
export function opaque(text: string): string {
  return text.replaceAll('?', '+?')
}
