/** What a committed change says to a person. */
import type { Change } from '../../sim/index.ts'
import type { Job } from '../../system/index.ts'
import { about, jobChange } from './rows.ts'

export function describe(change: Change): { about: readonly string[]; text: string } | undefined {
  const job = jobChange(change)
  if (job !== undefined)
    return { about: about(job.id, job.after?.pid ?? job.before?.pid), text: jobText(job.before, job.after, job.by) }
  const { before, after, id } = change
  if (change.table === 'deletions' && after !== undefined)
    return { about: about(id), text: `job ${id} is to be deleted` }
  if (change.table !== 'lives') return undefined
  if (before === undefined) return { about: [`life:${id}`], text: `life ${id} begins` }
  if (before.ended_at === null && after?.ended_at !== null)
    return { about: [`life:${id}`], text: `life ${id} is declared over` }
  return undefined
}

function jobText(before: Job | undefined, after: Job | undefined, by: string): string {
  const who = by === '' ? 'an old database' : by
  if (after === undefined) return `job ${before!.id} is removed (${who})`
  const owner = ownerText(after)
  if (before === undefined) return `job ${after.id} is ${after.status}${owner} (${who})`
  if (before.status !== after.status)
    return `job ${after.id}: ${before.status} → ${after.status}${owner} (${who})${errorText(after)}`
  if (before.cancel_requested_at !== after.cancel_requested_at) return `job ${after.id}: a cancel is requested`
  return `job ${after.id} stays ${after.status}${owner} (${who})`
}

function ownerText({ run_id, pid, started_at, status }: Job): string {
  if (status === 'queued' && run_id === null && pid === null && started_at === null) return ''
  return `, run ${run_id ?? '–'}, pid ${pid ?? '–'}`
}

function errorText({ error, status }: Job): string {
  return error === null || status === 'running' ? '' : `: ${error}`
}
