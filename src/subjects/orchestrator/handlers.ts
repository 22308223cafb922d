/** What must hold of tasks, whose work nobody can kill: it can only be told to end. */
import type { Invariant, View } from '../../explore/index.ts'
import { about, jobsOf, optionsOf, type RunRow, runOf, takeOverMs } from './rows.ts'
import { runningTasks } from './tasks.ts'

const SLACK_MS = 10_000

function waited(since: Map<unknown, number>, key: unknown, nowUs: number): number {
  const start = since.get(key) ?? nowUs
  since.set(key, start)
  return nowUs - start
}

const task: Invariant = {
  name: 'TASK',
  kind: 'liveness',
  story: 'a task whose handler has ended, or whose server is gone, leaves running in bounded time',
  begin: (view) => {
    const options = optionsOf(view)
    const boundUs = (takeOverMs(options) + options.killGraceMs) * 1000
    const since = new Map<unknown, number>()
    return {
      stepped: () => {
        const tasks = runningTasks(view)
        for (const job of jobsOf(view)) {
          const isAtWork = job.status !== 'running' || job.task === null || tasks.has(runOf(view, job)?.token ?? '')
          if (isAtWork) since.delete(job.id)
          else if (waited(since, job.id, view.nowUs) > boundUs)
            return { text: `job ${job.id} is running, although no handler is at work for it`, about: about(job.id) }
        }
        return undefined
      },
    }
  },
}

const signal: Invariant = {
  name: 'SIGNAL',
  kind: 'liveness',
  story: 'a handler whose job was cancelled, or whose run was given up, is told',
  begin: (view) => {
    const { killGraceMs, reapMs } = optionsOf(view)
    const boundUs = (killGraceMs + 3 * reapMs + SLACK_MS) * 1000
    const since = new Map<unknown, number>()
    return {
      stepped: () => {
        for (const [token, { behaviour, life }] of runningTasks(view)) {
          if (!behaviour.obeys || !shouldEnd(view, token)) continue
          if (waited(since, token, view.nowUs) > boundUs)
            return {
              text: `a handler in ${life.name} works on, and nobody has told it to end`,
              about: aboutRun(view, token),
            }
        }
        return undefined
      },
    }
  },
}

function shouldEnd(view: View, token: string): boolean {
  const run = runWith(view, token)
  if (run === undefined || run.phase === 'finished') return true
  return view.row('jobs', run.job_id)?.cancel_requested_at !== null
}

function aboutRun(view: View, token: string): string[] {
  const run = runWith(view, token)
  return run === undefined ? [] : about(run.job_id)
}

function runWith(view: View, token: string): RunRow | undefined {
  for (const [, row] of view.rows('runs')) if (row.token === token) return row as unknown as RunRow
  return undefined
}

export const handlers: readonly Invariant[] = [task, signal]
