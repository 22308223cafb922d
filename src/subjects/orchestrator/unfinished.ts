/** What is left at quiescence, and why it cannot go on. */
import type { Unfinished, View } from '../../explore/index.ts'
import { isFinal } from '../../model/lifecycle.ts'
import type { Job } from '../../system/index.ts'
import { containerOf } from './agents.ts'
import { about, isAlive, jobsOf, optionsOf, pausedUntil, processOf, runOf } from './rows.ts'
import { runningTasks } from './tasks.ts'

export function unfinished(view: View): readonly Unfinished[] {
  const found: Unfinished[] = []
  for (const job of jobsOf(view))
    if (!isFinal(job.status))
      found.push({
        text: `job ${job.id} is ${job.status} for ever: ${reason(view, job)}`,
        about: about(job.id, job.pid),
      })
  for (const [id, run] of view.rows('runs'))
    if (run.phase === 'waiting')
      found.push({
        text: `run ${id} of job ${run.job_id} waits for ever: nobody removes its container`,
        about: [...about(Number(run.job_id)), `run:${id}`],
      })
  return found
}

function reason(view: View, job: Job): string {
  if (job.status === 'running') {
    if (job.task !== null)
      return isAtWork(view, job) ? 'its handler works on' : 'no handler is at work for it, and nobody gives it back'
    if (job.image !== null && job.run_id !== null) {
      const container = containerOf(view, runOf(view, job)?.token)
      return `its container ${container === undefined ? 'is gone' : `is ${container.state}`}`
    }
    if (job.pid === null) return 'it was claimed, no process was ever stamped on it, and nobody gives it back'
    const alive = isAlive(processOf(view, job))
    return alive ? `its process ${job.pid} lives on` : `it waits for process ${job.pid}, which is gone`
  }
  const { maxConcurrency, serialGate } = optionsOf(view)
  const earlier = [...jobsOf(view)].find(({ repo, id, status }) => repo === job.repo && id < job.id && !isFinal(status))
  if (serialGate && earlier !== undefined) return `it is queued behind job ${earlier.id} of the same repo`
  const running = [...jobsOf(view)].filter(({ status }) => status === 'running')
  if (running.length >= maxConcurrency)
    return `it is queued behind ${running.map(({ id }) => `job ${id}`).join(', ')}, which hold every slot`
  return 'nobody claims it'
}

function isAtWork(view: View, job: Job): boolean {
  return runningTasks(view).has(runOf(view, job)?.token ?? '')
}

/** The first wall time after this one at which the orchestrator has reason to act on its own. */
export function due(view: View, afterMs: number): number | undefined {
  const { ageMaxMs, exitGraceMs, reapMs } = optionsOf(view)
  let next = Number.POSITIVE_INFINITY
  const consider = (at: number) => {
    if (at > afterMs && at < next) next = at
  }
  /** The reaper counts from the first round that sees it. */
  const considerAfter = (table: string, id: number, ms: number) => {
    const changedUs = view.changedUs(table, id) ?? 0
    consider(view.wallMs + (changedUs - view.nowUs) / 1000 + ms + 2 * reapMs)
  }
  for (let server = 0; server < view.profile.servers; server++)
    consider(view.wallMs + Math.ceil(view.gauge(pausedUntil(server)) - view.nowUs / 1000))
  for (const job of jobsOf(view)) {
    if (job.status === 'queued' && job.available_at !== null) consider(job.available_at)
    if (job.status !== 'running') continue
    considerAfter('jobs', job.id, ageMaxMs)
    const run = job.fence === null ? undefined : view.row('runs', job.fence)
    if (run !== undefined && run.finished_at !== null) considerAfter('runs', job.fence!, exitGraceMs)
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next
}
