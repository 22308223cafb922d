/** ORCH-12 and ORCH-13: nothing waits for what will never come. Judged in the calm phase, in virtual time. */
import type { Finding, Invariant, View } from '../../explore/index.ts'
import type { Job } from '../../system/index.ts'
import { about, isAlive, isEligible, jobsOf, optionsOf, processOf, takeOverMs } from './rows.ts'

/** Since when, at the earliest from the calm on, a condition has held without a break. */
class Since {
  private readonly starts = new Map<number, number>()
  private readonly view: View

  constructor(view: View) {
    this.view = view
  }

  heldMs(id: number, holds: boolean): number {
    const { nowUs } = this.view
    if (!holds) {
      this.starts.delete(id)
      return 0
    }
    const start = this.starts.get(id)
    if (start === undefined) this.starts.set(id, nowUs)
    return start === undefined ? 0 : (nowUs - start) / 1000
  }
}

/** Who takes the slots for which a job waits. */
function holders(view: View): string {
  const running = [...jobsOf(view)].filter(({ status }) => status === 'running')
  return running
    .map((job) => {
      const process = processOf(view, job)
      if (job.pid === null) return `job ${job.id}, which has no process yet`
      return `job ${job.id}, whose process ${job.pid} ${isAlive(process) ? 'lives' : 'is gone'}`
    })
    .join(' and ')
}

const orch12: Invariant = {
  name: 'ORCH-12',
  kind: 'liveness',
  story: 'no wedge: while nothing runs anywhere, a job that could start is claimed in bounded time',
  begin: (view) => {
    const options = optionsOf(view)
    const since = new Since(view)
    const usualMs = takeOverMs(options) + (options.deadTicks + 1) * options.reapMs + 2 * options.pollMs
    const windowMs = options.spawnTimeoutMs + options.killGraceMs
    const wedged = (job: Job, quiet: boolean): Finding | undefined => {
      const heldMs = since.heldMs(job.id, quiet && isEligible(view, job, options))
      if (heldMs <= usualMs + windowMs) return undefined
      const who = holders(view)
      const text = `job ${job.id} could have started for ${Math.round(heldMs / 1000)} s and nothing runs${who === '' ? '' : `; the queue waits for ${who}`}`
      return {
        text,
        about: [
          ...about(job.id),
          ...[...jobsOf(view)]
            .filter(({ status }) => status === 'running')
            .flatMap((other) => about(other.id, other.pid)),
        ],
      }
    }
    return {
      stepped: () => {
        let quiet: boolean | undefined
        for (const job of jobsOf(view)) {
          quiet ??= view.children().length === 0
          const finding = wedged(job, quiet)
          if (finding !== undefined) return finding
        }
        return undefined
      },
    }
  },
}

const orch13: Invariant = {
  name: 'ORCH-13',
  kind: 'liveness',
  story: 'the job of a dead run leaves running in bounded time, also when its pid has passed to another process',
  begin: (view) => {
    const options = optionsOf(view)
    const since = new Since(view)
    const boundMs = takeOverMs(options) + (options.deadTicks + 1) * options.reapMs
    return {
      stepped: () => {
        for (const job of jobsOf(view)) {
          const dead = job.status === 'running' && job.pid !== null && !isAlive(processOf(view, job))
          const heldMs = since.heldMs(job.id, dead)
          if (heldMs > boundMs)
            return {
              text: `job ${job.id} is running ${Math.round(heldMs / 1000)} s after its process ${job.pid} died`,
              about: about(job.id, job.pid),
            }
        }
        return undefined
      },
    }
  },
}

const spawnWindow: Invariant = {
  name: 'WINDOW',
  kind: 'liveness',
  story: 'a spawn window ends in bounded time: the process is stamped, or the job is given back',
  begin: (view) => {
    const options = optionsOf(view)
    const since = new Since(view)
    const boundMs = options.spawnTimeoutMs + options.killGraceMs + takeOverMs(options)
    return {
      stepped: () => {
        for (const job of jobsOf(view)) {
          const heldMs = since.heldMs(job.id, job.status === 'running' && job.pid === null && job.fence !== null)
          if (heldMs > boundMs)
            return {
              text: `job ${job.id} has been in its spawn window for ${Math.round(heldMs / 1000)} s`,
              about: about(job.id),
            }
        }
        return undefined
      },
    }
  },
}

const phantom: Invariant = {
  name: 'PHANTOM',
  kind: 'liveness',
  story: 'no job waits for a process that has nothing of its own run but the pid',
  begin: (view) => {
    const options = optionsOf(view)
    const since = new Since(view)
    const boundMs = takeOverMs(options) + (options.deadTicks + 1) * options.reapMs
    return {
      stepped: () => {
        for (const job of jobsOf(view)) {
          const dead = job.status === 'running' && job.pid !== null && !isAlive(processOf(view, job))
          const stranger = dead ? view.holders(job.pid!).find(isAlive) : undefined
          const heldMs = since.heldMs(job.id, stranger !== undefined)
          if (stranger === undefined || heldMs <= boundMs) continue
          const seconds = Math.round(heldMs / 1000)
          const text = `job ${job.id} has been guarded for ${seconds} s because pid ${job.pid} is alive: it is ${stranger.label}`
          return { text, about: about(job.id, job.pid) }
        }
        return undefined
      },
    }
  },
}

export const liveness: readonly Invariant[] = [orch12, orch13, spawnWindow, phantom]
