/**
 * Nothing waits for what will never come: conditions on a job that may hold for a while, but not for long. Judged in the
 * calm phase, in virtual time.
 */
import type { Invariant, View } from '../../explore/index.ts'
import { isImpossibleQueued } from '../../model/ownership.ts'
import type { Job, Options } from '../../system/index.ts'
import { containerOf } from './agents.ts'
import { about, isAlive, isEligible, isPaused, jobsOf, optionsOf, processOf, runOf, takeOverMs } from './rows.ts'
import { runningTasks } from './tasks.ts'

interface Patience {
  readonly name: string
  readonly story: string
  /** How long the condition may hold. */
  boundMs(options: Options): number
  holds(job: Job, view: View, options: Options): boolean
  /** What is wrong when it has held for so many seconds. */
  text(job: Job, seconds: number, view: View): string
}

function outlasting({ name, story, boundMs, holds, text }: Patience): Invariant {
  return {
    name,
    kind: 'liveness',
    story,
    begin: (view) => {
      const options = optionsOf(view)
      const limitUs = boundMs(options) * 1000
      const since = new Map<number, number>()
      return {
        stepped: () => {
          for (const job of jobsOf(view)) {
            if (!holds(job, view, options)) {
              since.delete(job.id)
              continue
            }
            const start = since.get(job.id) ?? view.nowUs
            since.set(job.id, start)
            if (view.nowUs - start <= limitUs) continue
            const seconds = Math.round((view.nowUs - start) / 1e6)
            return { text: text(job, seconds, view), about: [...about(job.id, job.pid), ...holdersOf(view)] }
          }
          return undefined
        },
      }
    },
  }
}

function holdersOf(view: View): string[] {
  return runningJobs(view).flatMap(({ id, pid }) => about(id, pid))
}

function runningJobs(view: View): Job[] {
  return [...jobsOf(view)].filter(({ status }) => status === 'running')
}

function isDead(job: Job, view: View): boolean {
  if (job.status !== 'running') return false
  if (job.image === null) return job.pid !== null && !isAlive(processOf(view, job))
  // Nobody can be asked for a container while the engine is away.
  if (job.run_id === null || view.nowUs < view.engineAwayUntilUs) return false
  return containerOf(view, runOf(view, job)?.token)?.state !== 'running'
}

/** Until a server that is gone has been noticed, and tier 1 has counted. */
function reapedMs(options: Options): number {
  return takeOverMs(options) + (options.deadTicks + 1) * options.reapMs
}

function windowMs({ spawnTimeoutMs, killGraceMs }: Options): number {
  return spawnTimeoutMs + killGraceMs
}

/** For whom a queue waits, in words. */
function blockers(view: View): string {
  const told = runningJobs(view).map((job) => {
    if (job.pid === null) return `job ${job.id}, which has no process yet`
    return `job ${job.id}, whose process ${job.pid} ${isAlive(processOf(view, job)) ? 'lives' : 'is gone'}`
  })
  return told.length === 0 ? '' : `; the queue waits for ${told.join(' and ')}`
}

export const liveness: readonly Invariant[] = [
  outlasting({
    name: 'ORCH-12',
    story: 'no wedge: while nothing runs anywhere, a job that could start is claimed in bounded time',
    boundMs: (options) => reapedMs(options) + 2 * options.pollMs + windowMs(options),
    holds: (job, view, options) =>
      !view.isDiskFull &&
      !isPaused(view) &&
      isEligible(view, job, options) &&
      view.children().length === 0 &&
      !view.containers().some(({ state }) => state === 'running') &&
      runningTasks(view).size === 0,
    text: ({ id }, seconds, view) => `job ${id} could have started for ${seconds} s and nothing runs${blockers(view)}`,
  }),
  outlasting({
    name: 'ORCH-13',
    story: 'the job of a dead run leaves running in bounded time, also when its pid has passed to another process',
    boundMs: reapedMs,
    holds: isDead,
    text: ({ id, pid }, seconds) =>
      `job ${id} is running ${seconds} s after its ${pid === null ? 'container ended' : `process ${pid} died`}`,
  }),
  outlasting({
    name: 'PHANTOM',
    story: 'no job waits for a process that has nothing of its own run but the pid',
    boundMs: reapedMs,
    holds: (job, view) => job.pid !== null && isDead(job, view) && view.holders(job.pid).some(isAlive),
    text: ({ id, pid }, seconds, view) => {
      const stranger = view.holders(pid!).find(isAlive)!
      return `job ${id} has been guarded for ${seconds} s because pid ${pid} is alive: it is ${stranger.label}`
    },
  }),
  outlasting({
    name: 'WINDOW',
    story: 'a spawn window ends in bounded time: the process is stamped, or the job is given back',
    boundMs: (options) => windowMs(options) + takeOverMs(options),
    holds: (job) => job.status === 'running' && job.task === null && job.run_id === null && job.fence !== null,
    text: ({ id }, seconds) => `job ${id} has been in its spawn window for ${seconds} s`,
  }),
  outlasting({
    name: 'HEALED',
    story: 'while the sanitizer is on, an impossible row does not outlive two rounds of the reaper',
    boundMs: ({ reapMs }) => 3 * reapMs,
    holds: (job, _, options) => options.sanitizeImpossibleQueued && isImpossibleQueued(job),
    text: ({ id }, seconds) => `job ${id} has been queued with an owner for ${seconds} s`,
  }),
]
