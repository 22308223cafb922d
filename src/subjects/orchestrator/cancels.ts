/** Cancels, as their clients know them: what the orchestrator makes of them is judged by what it has accepted. */
import type { View } from '../../explore/index.ts'
import type { CancelResult, Job } from '../../system/index.ts'
import { perRun } from './perRun.ts'
import { runOf } from './rows.ts'

/** Jobs whose cancel was accepted before they had ended. */
export const accepted = perRun(() => new Set<number>())

export async function noteCancel(view: View, id: number, cancel: () => Promise<CancelResult>): Promise<void> {
  const phase = phaseOf(view, id)
  const result = await cancel()
  if (result === 'cancelled' || result === 'cancelling') accepted(view).add(id)
  const isStill = result === 'cancelled' || phaseOf(view, id) === phase
  if (phase !== undefined && isStill) view.reached(`a cancel falls into ${phase}`)
}

/** Where a job stands that runs in containers. */
function phaseOf(view: View, id: number): string | undefined {
  const job = view.row('jobs', id) as unknown as Job | undefined
  if (job === undefined || job.image === null) return undefined
  return job.status === 'queued' ? 'queued' : runOf(view, job)?.phase
}
