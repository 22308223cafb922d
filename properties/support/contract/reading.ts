/** What people look at: lists of jobs, the runs of one, the servers that are up. */
import { expect, test } from 'vitest'
import type { JobId } from '../../../src/model/ids.ts'
import type { JobStatus } from '../../../src/model/lifecycle.ts'
import { processOf, server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

export function readingContract(open: OpenStore): void {
  const listed = async ({ store }: Bench, limit: number, status?: JobStatus): Promise<JobId[]> =>
    (await store.jobs({ limit, status })).map(({ id }) => id)

  test('jobs are listed whole, the latest first, no more than asked for, of one status or of all', () =>
    Bench.with(open, { serialGate: false, maxConcurrency: 2 }, async (bench) => {
      const done = (await bench.done(35)).id
      const running = await bench.submit({ priority: -1 })
      await bench.running(36)
      const [first, second] = [await bench.submit(), await bench.submit({ priority: -9 })]
      expect(await listed(bench, 9)).toEqual([second, first, running, done])
      expect(await listed(bench, 3)).toEqual([second, first, running])
      expect(await listed(bench, 9, 'queued')).toEqual([second, first])
      expect(await listed(bench, 1, 'queued')).toEqual([second])
      expect(await listed(bench, 9, 'failed')).toEqual([])
      expect(await bench.store.jobs({ status: 'done', limit: 9 })).toEqual([await bench.row(done)])
    }))

  test('what is to be deleted is listed until it is finished, and takes no place of others then', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const kept = (await bench.done(35)).id
      const deleted = (await bench.done(36)).id
      await store.deleteJob(deleted, NOW_MS)
      expect(await listed(bench, 1)).toEqual([kept])
      expect(await listed(bench, 9, 'done')).toEqual([kept])
      const deleting = await bench.submit()
      const claim = await bench.running(37)
      await store.deleteJob(deleting, NOW_MS)
      expect(await listed(bench, 9)).toEqual([deleting, kept])
      await store.finishJob(claim, { kind: 'success' }, NOW_MS)
      expect(await listed(bench, 9)).toEqual([kept])
      expect(await listed(bench, 9, 'cancelled')).toEqual([])
    }))

  test('the runs of a job tell what came of each attempt', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const id = await bench.submit({ maxAttempts: 3 })
      const first = await bench.claim()
      const run = { id: first.fence, job_id: id, attempt: 1, phase: 'starting', pid: null, started_at: NOW_MS }
      const kept = { parent_run_id: null, container: null, session_id: null }
      const open = { ...run, ...kept, finished_at: null, exit_code: null, signal: null, outcome: null, error: null }
      expect(await store.runsOf(id)).toEqual([open])
      await store.stampRun(first, processOf(first.token, 35))
      expect(await store.runsOf(id)).toEqual([{ ...open, phase: 'running', pid: 35 }])
      await store.recordExit(first, { code: null, signal: 'SIGKILL' }, NOW_MS + 1)
      const exited = { ...open, phase: 'exited', pid: 35, finished_at: NOW_MS + 1, signal: 'SIGKILL' }
      expect(await store.runsOf(id)).toEqual([exited])
      await store.requeueJob(first, { kind: 'failure', error: 'signal=SIGKILL' }, NOW_MS + 2)
      const over = { ...exited, phase: 'finished', outcome: 'failure', error: 'signal=SIGKILL' }
      expect(await store.runsOf(id)).toEqual([over])
      const second = await bench.claim(NOW_MS + 3)
      await store.finishJob(second, { kind: 'success' }, NOW_MS + 4)
      const done = { phase: 'finished', started_at: NOW_MS + 3, finished_at: NOW_MS + 4, outcome: 'done' }
      expect(await store.runsOf(id)).toEqual([
        over,
        { ...open, ...done, id: second.fence, attempt: 2, parent_run_id: first.fence },
      ])
      expect(await store.runsOf((id + 1) as JobId)).toEqual([])
    }))

  test('open lives are those that have not ended, with all that is known of them', () =>
    Bench.with(open, {}, async ({ store, life }) => {
      const other = await sharedLife(store, { ...server, startTime: 7 }, 'second', NOW_MS + 1)
      await store.beat(other.id)
      const shown = { ...other, shared: true, beats: 1, started_at: NOW_MS + 1, server: { ...server, startTime: 7 } }
      expect(await store.openLives()).toEqual([{ ...life, shared: true, beats: 0, started_at: NOW_MS, server }, shown])
      await store.endLife(life.id, NOW_MS)
      expect(await store.openLives()).toEqual([shown])
    }))
}
