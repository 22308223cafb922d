/** What people and supervisors see of the model. */
import type { Fence, LifeId, RunId } from '../../../src/model/ids.ts'
import type { JobStatus } from '../../../src/model/lifecycle.ts'
import type { Job, Running, Survey } from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'
import type { StoreModel } from './model.ts'

export function listed(model: StoreModel, status: JobStatus | undefined, limit: number): Job[] {
  return [...model.jobs.values()]
    .filter((job) => !isAsGoodAsGone(model, job) && (status === undefined || job.status === status))
    .toSorted((a, b) => b.id - a.id)
    .slice(0, limit)
}

export function countOf(model: StoreModel, status: JobStatus): number {
  return model.with(status).filter((job) => !isAsGoodAsGone(model, job)).length
}

export function surveyOf(model: StoreModel, life: LifeId): Survey {
  const running = model.with('running')
  const waiting = [...model.runs.values()].filter(({ row }) => row.phase === 'waiting')
  return {
    running: running.filter(({ life_id }) => life_id === life).map((job) => watched(model, job)),
    orphans: running.filter(({ life_id }) => !model.lives.isOpen(life_id!)).map((job) => watched(model, job)),
    otherLives: model.lives.allOpen().filter(({ id }) => id !== life),
    waiting: waiting
      .filter(({ lifeId }) => lifeId === life || !model.lives.isOpen(lifeId))
      .map(({ row, token }) => ({ id: row.id, token })),
    usesContainers: model.mounts.size > 0,
    impossibleQueued: model.impossible().length,
  }
}

/** What the owner of these runs is told: of cancels, and that nobody is to wait any more; by job, then by run. */
export function cancelRequestsOf(model: StoreModel, life: LifeId) {
  const running = model.with('running').filter(({ life_id, cancel_requested_at }) => {
    return life_id === life && cancel_requested_at !== null
  })
  const released = [...model.runs].filter(([, { row, lifeId, isReleased }]) => {
    return row.phase === 'waiting' && (isReleased || model.deletions.has(row.job_id)) && lifeId === life
  })
  const named = running.map(({ id, fence }) => ({ id, fence: fence! }))
  return [...named, ...released.map(([fence, { row }]) => ({ id: row.job_id, fence }))]
}

/** The tokens of runs whose processes have no business any more. */
export function processesOver(model: StoreModel): string[] {
  const over = [...model.runs.values()].filter(
    ({ row, lifeId }) => row.phase === 'finished' || !model.lives.isOpen(lifeId),
  )
  return over.map(({ token }) => token)
}

/** The same for containers: those of a life that has ended may be adopted, until their job has ended. */
export function containersOver(model: StoreModel): string[] {
  const over = [...model.runs.values()].filter(({ row: { phase }, lifeId }) => {
    return phase === 'finished' || (phase === 'waiting' && !model.lives.isOpen(lifeId))
  })
  return over.map(({ token }) => token)
}

/** Of all numbers that a run has had. */
export function unknownRuns(model: StoreModel): RunId[] {
  const all = Array.from({ length: model.highest.run }, (_, n) => (n + 1) as RunId)
  return all.filter((run) => !model.runs.has(run as number as Fence) && !model.taken.has(run))
}

export function unknownMounts(model: StoreModel): string[] {
  const known = new Set([...model.jobs.values()].map(({ mount }) => mount))
  return [...model.mounts].filter((mount) => !known.has(mount))
}

/** The job with its present run and life, as a survey shows it. */
function watched(model: StoreModel, job: Job): Running {
  const { id, fence, task, image, run_id, pid, started_at, life_id, transient_delay_ms } = job
  const { token, startTime, row, lifeId } = model.runs.get(fence!)!
  return {
    ...{ id, fence, task, image, run_id, pid, started_at, life_id, transient_delay_ms, token },
    container: row.container,
    start_time: startTime,
    run_finished_at: row.finished_at,
    exit_code: row.exit_code,
    signal: row.signal,
    life_token: model.lives.tokenOf(lifeId),
    boot_id: server.bootId,
    pid_namespace: server.pidNamespace,
  }
}

/** Finished, and to be deleted. */
function isAsGoodAsGone(model: StoreModel, { id, status }: Job): boolean {
  return model.deletions.has(id) && status !== 'queued' && status !== 'running'
}
