/** What must hold of containers beside the published list of incident 1. */
import type { Invariant, View } from '../../explore/index.ts'
import type { SimContainer } from '../../sim/index.ts'
import { labels } from '../../system/index.ts'
import { tokenOf } from './agents.ts'
import { about, optionsOf, type RunRow } from './rows.ts'

const KILLED = 137

function runOfToken(view: View, token: string): RunRow | undefined {
  for (const [, row] of view.rows('runs')) if (row.token === token) return row as unknown as RunRow
  return undefined
}

/** Is somebody to end it: for a cancel, for its age, or because its job is no longer its own? */
function isToEnd(view: View, { id, job_id, started_at }: RunRow): boolean {
  const job = view.row('jobs', job_id)
  if (job === undefined || job.status !== 'running' || job.run_id !== id || job.cancel_requested_at !== null)
    return true
  return view.wallMs - started_at >= optionsOf(view).ageMaxMs
}

const intact: Invariant = {
  name: 'INTACT',
  kind: 'safety',
  story: 'nobody kills the container of a job that goes on',
  begin: (view) => ({
    happened: (event) => {
      if (event.kind !== 'containerEnded' || event.code !== KILLED || view.nowUs < view.engineAwayUntilUs)
        return undefined
      const container = view.containers().find(({ id }) => id === event.id)
      const run = container === undefined ? undefined : runOfToken(view, tokenOf(container))
      if (run === undefined || isToEnd(view, run)) return undefined
      return {
        text: `container ${container!.spec.name} of job ${run.job_id} was killed, though nobody wanted that job to end`,
        about: [...about(run.job_id), `run:${run.id}`],
      }
    },
  }),
}

const apart: Invariant = {
  name: 'APART',
  kind: 'safety',
  story: 'no two containers work on one mount at the same time',
  begin: (view) => ({
    happened: (event) => {
      if (event.kind !== 'containerStarted') return undefined
      const mountOf = ({ spec }: SimContainer) => spec.labels[labels.mount]
      const own = view.containers().find(({ id }) => id === event.id)!
      const other = view
        .containers()
        .find((container) => container !== own && container.state === 'running' && mountOf(container) === mountOf(own))
      if (other === undefined) return undefined
      return {
        text: `container ${own.spec.name} starts on the mount on which ${other.spec.name} works`,
        about: [`container:${own.id}`, `container:${other.id}`],
      }
    },
  }),
}

export const containerSafety: readonly Invariant[] = [intact, apart]
