/** All that a store can be asked, beside what the model says. */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { JobId, LifeId } from '../../../src/model/ids.ts'
import { jobStatuses } from '../../../src/model/lifecycle.ts'
import type { Store } from '../../../src/system/index.ts'
import type { StoreModel } from './model.ts'

/** As expect().toEqual(), which is slow and only needed for its words. */
export function agree(said: unknown, expected: unknown, about: string): void {
  if (!isDeepStrictEqual(said, expected)) expect(said, about).toEqual(expected)
}

/** `submitted`: the ids of all jobs that there ever were. */
export async function compare(store: Store, model: StoreModel, submitted: readonly JobId[]): Promise<void> {
  for (const id of submitted) {
    agree(await store.job(id), model.jobs.get(id), `job ${id}`)
    agree(await store.runsOf(id), model.runsOf(id), `runs of job ${id}`)
  }
  for (const id of submitted) {
    const removable = model.removable().find((one) => one.id === id)
    agree((await store.removableJob(id))?.id, removable?.id, `removableJob ${id}`)
  }
  agree(await removableJobs(store, submitted.length), model.removable(), 'removableJobs')
  const gone = new Set(model.removable().map(({ id }) => id))
  const counts = jobStatuses.map((status) => [status, model.with(status).filter(({ id }) => !gone.has(id)).length])
  agree(await store.counts(), Object.fromEntries(counts), 'counts')
  const runs = [...model.runs.values()]
  const over = runs.filter(({ row, lifeId }) => row.phase === 'finished' || !model.lives.isOpen(lifeId))
  // A copy of the database has lives that this one does not know.
  const said = await store.runsOver([...runs.map(({ token }) => token), 'installation/elsewhere/run'])
  agree(said.toSorted(), over.map(({ token }) => token).toSorted(), 'runsOver')
  agree(await store.openLives(), model.lives.allOpen(), 'openLives')
  for (const life of model.lives.all()) await compareSurvey(store, model, life)
}

/** Nobody says in which order they come. */
async function removableJobs(store: Store, limit: number) {
  const removable = await store.removableJobs(0, limit)
  return removable.map(({ id, runs }) => ({ id, runs: runs.toSorted((a, b) => a - b) })).toSorted((a, b) => a.id - b.id)
}

async function compareSurvey(store: Store, model: StoreModel, life: LifeId): Promise<void> {
  const running = model.with('running')
  const own = running.filter(({ life_id }) => life_id === life)
  const orphans = running.filter(({ life_id }) => !model.lives.isOpen(life_id!))
  const expected = {
    running: own.map((job) => model.watched(job)),
    orphans: orphans.map((job) => model.watched(job)),
    otherLives: model.lives.allOpen().filter(({ id }) => id !== life),
    impossibleQueued: model.impossible().length,
  }
  agree(await store.survey(life), expected, `survey of life ${life}`)
  const requests = own.filter((job) => job.cancel_requested_at !== null)
  const named = requests.map((job) => ({ id: job.id, fence: job.fence }))
  agree(await store.cancelRequests(life), named, `cancelRequests of life ${life}`)
}
