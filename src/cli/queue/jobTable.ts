/** Jobs as a table that fits its reader. */
import type { JobView } from '../../library/index.ts'
import { table } from '../../report/table.ts'
import { durationWords } from './duration.ts'
import { printable, workWords } from './jobWords.ts'

const HEAD = ['id', 'status', 'tries', 'age', 'took', 'what', 'error'] as const
const RIGHT = ['right', 'left', 'left', 'right', 'right'] as const
const GAP = 2
const WORK_MIN = 16

/** `columns`: how many characters fit beside each other; undefined: as many as there are. */
export function jobLines(jobs: readonly JobView[], nowMs: number, columns: number | undefined): string[] {
  const rows = jobs.map((job) => cellsOf(job, nowMs))
  return table([HEAD, ...(columns === undefined ? rows : fitted(rows, columns))], RIGHT)
}

function cellsOf(job: JobView, nowMs: number): string[] {
  const tries = `${job.attempts}/${job.maxAttempts}`
  const age = durationWords(nowMs - job.createdAt.getTime())
  return [String(job.id), statusWords(job, nowMs), tries, age, tookWords(job, nowMs), workWords(job), errorWords(job)]
}

function statusWords({ status, availableAt, cancelRequestedAt }: JobView, nowMs: number): string {
  if (status === 'running' && cancelRequestedAt !== null) return 'cancelling'
  const waitMs = status === 'queued' && availableAt !== null ? availableAt.getTime() - nowMs : 0
  return waitMs > 0 ? `${status}, in ${durationWords(waitMs)}` : status
}

/** Its latest run. */
function tookWords({ startedAt, finishedAt }: JobView, nowMs: number): string {
  return startedAt === null ? '' : durationWords((finishedAt?.getTime() ?? nowMs) - startedAt.getTime())
}

function errorWords({ error }: JobView): string {
  return error === null ? '' : printable(error)
}

/** What is done and what went wrong share what the other columns leave: the latter gets up to half. */
function fitted(rows: readonly string[][], columns: number): string[][] {
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)))
  const taken = widths.slice(0, -2).reduce((sum, width) => sum + width + GAP, 0)
  const [work, error] = widths.slice(-2) as [number, number]
  const left = columns - taken
  const errorMax = Math.max(Math.min(error, Math.floor(left / 2)), left - GAP - work)
  const workMax = Math.max(WORK_MIN, left - GAP - Math.min(error, errorMax))
  return rows.map((row) => [...row.slice(0, -2), cut(row.at(-2)!, workMax), cut(row.at(-1)!, Math.max(0, errorMax))])
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`
}
