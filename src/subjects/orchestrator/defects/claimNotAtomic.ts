import { type Job, type Run, sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { patchedStore, without } from './variant.ts'

const unguarded = without(sql.claim, " AND status = 'queued'")

export const claimNotAtomic: Flaw = {
  name: 'claim-not-atomic',
  incident: 'stale run-ownership: ORCH-4',
  family: 'servers',
  breaks: ['ORCH-4'],
  story: 'finding a job and taking it are two steps, between which another server takes it too',
  variant: {
    parts: () =>
      patchedStore((_, { database, pool }, { maxConcurrency, serialGate }) => ({
        claimNextJob: async (life, newName, tasks, nowMs) => {
          const task = { name: 'claim', touches: ['job:*'] }
          const select = serialGate ? sql.claimableGated : sql.claimable
          const names = JSON.stringify(tasks)
          const found = (await pool.run(task, () => database.prepare(select).get(maxConcurrency, nowMs, names))) as
            | Job
            | undefined
          if (found === undefined) return undefined
          return pool.run(task, () =>
            database
              .transaction(() => {
                const token = `${life.token}/${newName()}`
                const run = database.prepare(sql.insertRun).get(life.id, token, nowMs, found.id) as Run
                const job = database.prepare(unguarded).get(run.id, life.id, nowMs, found.id) as Job
                return { id: job.id, fence: run.id, life_id: life.id, token, session_id: run.session_id, job }
              })
              .immediate(),
          )
        },
      })),
  },
}
