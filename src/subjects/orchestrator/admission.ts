/** What must hold of who may claim at all: one tenant where nobody shares, and nobody while the disk is full. */
import type { Invariant } from '../../explore/index.ts'
import { about, jobChange } from './rows.ts'
import { claimsOf } from './watched.ts'

const tenant: Invariant = {
  name: 'TENANT',
  kind: 'safety',
  story: 'a server that does not share the database leads the only open life on it',
  begin: (view) => ({
    changed: ({ table, id, before, after }) => {
      if (table !== 'lives' || before !== undefined || after === undefined) return undefined
      for (const [other, life] of view.rows('lives')) {
        if (other === id || life.ended_at !== null || (life.shared === 1 && after.shared === 1)) continue
        return {
          text: `life ${id} was opened beside life ${other}, and they do not share`,
          about: [`life:${id}`, `life:${other}`],
        }
      }
      return undefined
    },
  }),
}

const full: Invariant = {
  name: 'FULL',
  kind: 'safety',
  story: 'nobody asks for a job while the disk is full',
  begin: (view) => ({
    changed: (change) => {
      const job = jobChange(change)
      if (view.isDiskFull && job?.after?.status === 'queued') view.reached('a job waits while the disk is full')
      if (job?.before?.status !== 'queued' || job.after?.status !== 'running') return undefined
      if (claimsOf(view).get(job.life)?.whileFull !== true) return undefined
      return { text: `${job.life} claimed job ${job.id} although the disk was full`, about: about(job.id) }
    },
  }),
}

const oneLife: Invariant = {
  name: 'LIFE',
  kind: 'safety',
  story: 'a server leads one life at a time: it opens another only when the last was given up',
  begin: (view) => ({
    changed: ({ table, id, before, after }) => {
      if (table !== 'lives' || before !== undefined || after === undefined) return undefined
      for (const [other, life] of view.rows('lives')) {
        const isOwn =
          life.pid_namespace === after.pid_namespace && life.pid === after.pid && life.start_time === after.start_time
        if (other === id || life.ended_at !== null || !isOwn) continue
        return {
          text: `the server of life ${other} opened life ${id} beside it`,
          about: [`life:${id}`, `life:${other}`],
        }
      }
      return undefined
    },
  }),
}

export const admission: readonly Invariant[] = [tenant, oneLife, full]
