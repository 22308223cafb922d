/** Jobs that somebody wants gone: asked for at any time, removed when they are finished, never heard of again. */
import { expect, test } from 'vitest'
import type { JobId } from '../../../src/model/ids.ts'
import type { Claim, Ended } from '../../../src/system/index.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

const failure = { kind: 'failure', error: 'exit_code=1' } as const

const finals: readonly { status: string; finish(bench: Bench, claim: Claim): Promise<Ended> }[] = [
  { status: 'done', finish: ({ store }, claim) => store.finishJob(claim, { kind: 'success' }, NOW_MS) },
  { status: 'failed', finish: ({ store }, claim) => store.requeueJob(claim, failure, NOW_MS) },
  {
    status: 'cancelled',
    finish: async ({ store }, claim) => {
      await store.cancelJob(claim.id, NOW_MS)
      return store.requeueJob(claim, failure, NOW_MS)
    },
  },
]

export function deletionContract(open: OpenStore): void {
  test.each(finals)(
    'a job that is $status is deleted as it is: its row does not change, and asking again is fine',
    (end) =>
      Bench.with(open, {}, async (bench) => {
        const id = await bench.submit({ maxAttempts: 1 })
        const claim = await bench.running(35)
        expect(await end.finish(bench, claim)).toBe(end.status)
        const before = await bench.row(id)
        expect(await bench.store.deleteJob(id, NOW_MS + 1)).toBe('deleted')
        expect(await bench.store.deleteJob(id, NOW_MS + 2)).toBe('deleted')
        expect(await bench.row(id)).toEqual(before)
        expect(await bench.store.removableJobs(0, 9)).toEqual([{ id, runs: [claim.fence], mount: null }])
      }),
  )

  test('a job that waits is cancelled and deleted at once, and never starts', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      expect(await bench.store.deleteJob(id, NOW_MS + 1)).toBe('deleted')
      expect(await bench.row(id)).toMatchObject({ status: 'cancelled', finished_at: NOW_MS + 1, started_at: null })
      expect(await bench.next()).toBeUndefined()
      expect(await bench.store.deleteJob(id, NOW_MS + 2)).toBe('deleted')
      expect(await bench.row(id)).toMatchObject({ finished_at: NOW_MS + 1 })
      expect(await bench.store.removableJobs(0, 9)).toEqual([{ id, runs: [], mount: null }])
    }))

  test('a running job is cancelled through its owner, and goes when it has ended; the first request stands', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      const id = await bench.submit({ maxAttempts: 3 })
      const claim = await bench.running(35)
      expect(await store.deleteJob(id, NOW_MS + 1)).toBe('deleting')
      expect(await store.deleteJob(id, NOW_MS + 2)).toBe('deleting')
      expect(await bench.row(id)).toMatchObject({ status: 'running', cancel_requested_at: NOW_MS + 1 })
      expect(await store.cancelRequests(life.id)).toEqual([{ id, fence: claim.fence }])
      // It still runs: nobody may take its directory or its rows away.
      expect(await store.removableJobs(0, 9)).toEqual([])
      expect(await store.removeJob(id)).toBe(false)
      expect(await store.requeueJob(claim, failure, NOW_MS + 3)).toBe('cancelled')
      expect(await store.removableJobs(0, 9)).toEqual([{ id, runs: [claim.fence], mount: null }])
      expect(await store.removeJob(id)).toBe(true)
    }))

  test('a job whose cancel was asked for before is deleted when it has ended, as of that cancel', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      const claim = await bench.running(35)
      await bench.store.cancelJob(id, NOW_MS + 1)
      expect(await bench.store.deleteJob(id, NOW_MS + 2)).toBe('deleting')
      expect(await bench.row(id)).toMatchObject({ cancel_requested_at: NOW_MS + 1 })
      expect(await bench.store.finishJob(claim, { kind: 'success' }, NOW_MS + 3)).toBe('cancelled')
      expect(await bench.store.removeJob(id)).toBe(true)
    }))

  test('what never was, or is no more, is unknown', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      expect(await bench.store.deleteJob((id + 1) as JobId, NOW_MS)).toBe('unknown')
      await bench.store.deleteJob(id, NOW_MS)
      await bench.store.removeJob(id)
      expect(await bench.store.deleteJob(id, NOW_MS)).toBe('unknown')
      expect(await bench.store.cancelJob(id, NOW_MS)).toBe('unknown')
      expect(await bench.store.removableJobs(0, 9)).toEqual([])
    }))

  test('only what is finished and was asked for is removed, with all of its runs, and once', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const kept = await bench.done(35)
      const id = await bench.submit({ maxAttempts: 3 })
      const first = await bench.running(36)
      await store.requeueJob(first, failure, NOW_MS)
      const second = await bench.running(37)
      await store.finishJob(second, { kind: 'success' }, NOW_MS)
      expect(await store.removeJob(id)).toBe(false)
      expect(await store.runsOf(id)).toHaveLength(2)
      await store.deleteJob(id, NOW_MS)
      const [removable] = await store.removableJobs(0, 9)
      expect(removable!.runs.toSorted((a, b) => a - b)).toEqual([first.fence, second.fence])
      expect([await store.removeJob(id), await store.removeJob(id)]).toEqual([true, false])
      expect([await store.job(id), await store.runsOf(id), await store.removableJobs(0, 9)]).toEqual([
        undefined,
        [],
        [],
      ])
      expect(await store.counts()).toMatchObject({ done: 1, cancelled: 0 })
      expect(await store.runsOf(kept.id)).toHaveLength(1)
    }))

  test('no more removable jobs are named than were asked for', () =>
    Bench.with(open, {}, async (bench) => {
      const jobs = [await bench.submit(), await bench.submit(), await bench.submit()]
      for (const id of jobs) await bench.store.deleteJob(id, NOW_MS)
      const some = (await bench.store.removableJobs(0, 2)).map(({ id }) => id)
      expect(some).toHaveLength(2)
      for (const id of some) await bench.store.removeJob(id)
      const others = (await bench.store.removableJobs(0, 2)).map(({ id }) => id)
      expect([...some, ...others].toSorted((a, b) => a - b)).toEqual(jobs)
    }))

  test('the ids of what was removed never come back, and what still names them changes nothing', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      const gone = await bench.done(35)
      await store.deleteJob(gone.id, NOW_MS)
      await store.removeJob(gone.id)
      const next = await bench.submit()
      const claim = await bench.running(36)
      expect(next).toBeGreaterThan(gone.id)
      expect(claim.fence).toBeGreaterThan(gone.fence)
      const before = [await bench.row(next), await store.runsOf(next), await store.survey(life.id)]
      expect(await store.recordExit(gone, { code: 1, signal: null }, NOW_MS)).toBe(false)
      expect(await store.requeueJob(gone, failure, NOW_MS)).toBeUndefined()
      expect(await store.stampRun(gone, undefined)).toBe(false)
      expect([await bench.row(next), await store.runsOf(next), await store.survey(life.id)]).toEqual(before)
    }))
}
