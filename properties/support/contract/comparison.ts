/** All that a store can be asked, beside what the model says. */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { JobId, LifeId, RunId } from '../../../src/model/ids.ts'
import { jobStatuses } from '../../../src/model/lifecycle.ts'
import type { Store } from '../../../src/system/index.ts'
import type { StoreModel } from './model.ts'
import {
  cancelRequestsOf,
  containersOver,
  countOf,
  processesOver,
  surveyOf,
  unknownMounts,
  unknownRuns,
} from './modelViews.ts'

/** What the mount of a job may be called, and is not. */
function noMount(job: number): string {
  return `${job}-${'f'.repeat(32)}`
}

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
  const counts = jobStatuses.map((status) => [status, countOf(model, status)])
  agree(await store.counts(), Object.fromEntries(counts), 'counts')
  const waiting = [...model.runs.values()].filter(({ row }) => row.phase === 'waiting')
  agree(await store.countWaiting(), waiting.length, 'countWaiting')
  await compareLeft(store, model)
  agree(await store.openLives(), model.lives.allOpen(), 'openLives')
  for (const life of model.lives.all()) await compareSurvey(store, model, life)
}

/** Nobody says in which order they come. */
async function removableJobs(store: Store, limit: number) {
  const removable = await store.removableJobs(0, limit)
  return removable
    .map(({ id, runs, mount }) => ({ id, mount, runs: runs.toSorted((a, b) => a - b) }))
    .toSorted((a, b) => a.id - b.id)
}

/** What may be ended or removed of all that was ever started, and of what others have. */
async function compareLeft(store: Store, model: StoreModel): Promise<void> {
  // A copy of the database has lives that this one does not know.
  const tokens = [...[...model.runs.values()].map(({ token }) => token), 'installation/elsewhere/run']
  agree((await store.runsOver(tokens)).toSorted(), processesOver(model).toSorted(), 'runsOver')
  agree((await store.containersOver(tokens)).toSorted(), containersOver(model).toSorted(), 'containersOver')
  // Beyond those that were given out, too.
  const numbers = Array.from({ length: model.highest.run + 2 }, (_, n) => (n + 1) as RunId)
  agree(
    (await store.unknownRuns(numbers)).toSorted((a, b) => a - b),
    unknownRuns(model),
    'unknownRuns',
  )
  const jobs = Array.from({ length: model.highest.job }, (_, n) => noMount(n + 1))
  const beyond = [1, 2].map((n) => noMount(model.highest.job + n))
  const mounts = (await store.unknownMounts([...model.mounts, ...jobs, ...beyond])).toSorted()
  agree(mounts, [...unknownMounts(model), ...jobs].toSorted(), 'unknownMounts')
}

async function compareSurvey(store: Store, model: StoreModel, life: LifeId): Promise<void> {
  agree(await store.survey(life), surveyOf(model, life), `survey of life ${life}`)
  const requests = inOrder(await store.cancelRequests(life))
  agree(requests, inOrder(cancelRequestsOf(model, life)), `cancelRequests of life ${life}`)
}

function inOrder<T extends { readonly id: number; readonly fence: number }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.id - b.id || a.fence - b.fence)
}
