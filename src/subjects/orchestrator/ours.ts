/** What must hold beside the published list: leases, cancels, and an owner for every process. */
import type { Invariant, View } from '../../explore/index.ts'
import { runNameOf } from '../../model/token.ts'
import { containerOf } from './agents.ts'
import { about, isAlive, jobChange, optionsOf, type RunRow } from './rows.ts'

const lease: Invariant = {
  name: 'LEASE',
  kind: 'safety',
  story: 'only a life that nobody has given up claims jobs',
  begin: (view) => ({
    changed: (change) => {
      const job = jobChange(change)
      if (job?.before?.status !== 'queued' || job.after?.status !== 'running' || job.after.life_id === null)
        return undefined
      if (view.row('lives', job.after.life_id)?.ended_at === null) return undefined
      return {
        text: `life ${job.after.life_id} claimed job ${job.id} although it had been given up`,
        about: about(job.id),
      }
    },
  }),
}

const cancel: Invariant = {
  name: 'CANCEL',
  kind: 'safety',
  story: 'an accepted cancel ends in cancelled: not in done, and not in another try',
  begin: () => ({
    changed: (change) => {
      const job = jobChange(change)
      if (job?.before === undefined || job.before.cancel_requested_at === null || job.after === undefined)
        return undefined
      if (job.after.status === 'running' || job.after.status === 'cancelled') return undefined
      return {
        text: `job ${job.id} became ${job.after.status} (${job.by}) after a cancel had been accepted`,
        about: about(job.id),
      }
    },
  }),
}

const orphan: Invariant = {
  name: 'ORPHAN',
  kind: 'liveness',
  story: 'no process outlives its run: whoever gave the run up has ended it',
  begin: (view) => {
    const boundUs = (3 * optionsOf(view).reapMs + 10_000) * 1000
    const since = new Map<number, number>()
    return {
      stepped: () => {
        for (const process of view.carriers()) {
          if (!isAlive(process) || !isOver(view, process.env.STRANDLINE_RUN)) continue
          const start = since.get(process.generation) ?? view.nowUs
          since.set(process.generation, start)
          if (view.nowUs - start > boundUs)
            return {
              text: `process ${process.pid} (${process.label}) lives on ${Math.round((view.nowUs - start) / 1e6)} s after its run was given up`,
              about: [`pid:${process.pid}`],
            }
        }
        return undefined
      },
    }
  },
}

function isOver(view: View, token: string | undefined): boolean {
  for (const [, row] of view.rows('runs')) {
    const run = row as unknown as RunRow
    if (run.token === token) return run.phase === 'finished'
  }
  // A server carries no run's token; of a run that was removed with its job, nothing may live.
  return token?.includes('/') ?? false
}

/** Two runs of one job at the same time where the second's server could have ended the first. */
const single: Invariant = {
  name: 'SINGLE',
  kind: 'safety',
  story: 'a job goes back to the queue only when the process of its run is dead, or out of reach',
  begin: (view) => ({
    changed: (change) => {
      const job = jobChange(change)
      if (job?.before?.status !== 'running' || job.after?.status === 'running' || job.before.run_id === null)
        return undefined
      const run = job.before.fence === null ? undefined : view.row('runs', job.before.fence)
      if (containerOf(view, run?.token as string | undefined)?.state === 'running')
        return {
          text: `job ${job.id} became ${job.after?.status} (${job.by}) while its container ran`,
          about: about(job.id),
        }
      for (const process of view.children()) {
        if (process.env.STRANDLINE_RUN !== run?.token || !isAlive(process)) continue
        if (process.ns !== view.namespaceOf(job.life)) continue
        return {
          text: `job ${job.id} became ${job.after?.status} (${job.by}) while its process ${process.pid} ran`,
          about: about(job.id, process.pid),
        }
      }
      return undefined
    },
  }),
}

/** Long enough ago that it no longer explains a silence. */
const FORGOTTEN_US = 120_000_000
const silencing = ['stall', 'full', 'ioError'] as const
/** Rare enough that no lease runs out for it. */
const BUSY_RATE = 0.03

const trust: Invariant = {
  name: 'TRUST',
  kind: 'safety',
  story: 'nobody gives up a server that is alive and can write, also while it drains',
  begin: (view) => {
    const { faults } = view.profile
    const quiet = silencing.every((fault) => faults[fault] === undefined) && (faults.busy ?? 0) < BUSY_RATE
    return {
      changed: ({ table, id, before, after, life }) => {
        if (
          !quiet ||
          view.diskFullUntilUs > 0 ||
          table !== 'lives' ||
          before?.ended_at !== null ||
          after === undefined ||
          after.ended_at === null
        )
          return undefined
        const server = view.lifeAt(String(after.pid_namespace), Number(after.pid), Number(after.start_time))
        if (server === undefined || server.name === life) return undefined
        if (server.pausedUntilUs > 0 && view.nowUs - server.pausedUntilUs < FORGOTTEN_US) return undefined
        return { text: `${life} gave up life ${id}, although ${server.name} is well`, about: [`life:${id}`] }
      },
    }
  },
}

const heard: Invariant = {
  name: 'HEARD',
  kind: 'safety',
  story: 'a run of whose exit its server has heard is not given up by it as gone',
  begin: (view) => {
    const { ageMaxMs } = optionsOf(view)
    const told = new Set<string>()
    return {
      happened: (event) => {
        if (event.kind === 'exitTold') told.add(`${event.life} ${runNameOf(event.token ?? '')}`)
        return undefined
      },
      changed: ({ table, before, after, by, life }) => {
        if (table !== 'runs' || by !== 'reap' || before?.phase === 'finished' || after?.phase !== 'finished')
          return undefined
        if (after.exit_code !== null || after.signal !== null || !told.has(`${life} ${runNameOf(String(after.token))}`))
          return undefined
        // Tier 3 ends the process itself, and may hear of that.
        if (view.wallMs - Number(after.started_at) >= ageMaxMs) return undefined
        const text = `${life} gave up run ${after.id} of job ${after.job_id} as gone, although it had heard of its exit`
        return { text, about: about(Number(after.job_id)) }
      },
    }
  },
}

export const ours: readonly Invariant[] = [lease, trust, cancel, single, orphan, heard]
