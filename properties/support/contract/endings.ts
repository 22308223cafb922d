/** How claims end: cancels, and what each ending does to the counters. */
import { expect, test } from 'vitest'
import type { JobId } from '../../../src/model/ids.ts'
import type { Claim, Ended, Running, Store } from '../../../src/system/index.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

interface End {
  readonly name: string
  /** What the job's counters are after it, of a job whose first attempt it was. */
  readonly counters: Readonly<Record<string, number>>
  act(store: Store, claim: Claim, found: Running): Promise<Ended | number>
}

const none = { attempts: 1, transient_attempts: 0, launch_failures: 0, lost_runs: 0 }
const failure = { kind: 'failure', error: 'exit_code=1' } as const
const launch = { kind: 'launch', error: 'launch error: EAGAIN' } as const
const transient = { kind: 'transient', error: 'exit_code=75' } as const

const ends: readonly End[] = [
  { name: 'success', counters: none, act: (store, claim) => store.finishJob(claim, { kind: 'success' }, NOW_MS) },
  {
    name: 'a permanent error',
    counters: none,
    act: (store, claim) => store.finishJob(claim, { kind: 'permanent', error: 'exit_code=78' }, NOW_MS),
  },
  { name: 'a failure', counters: none, act: (store, claim) => store.requeueJob(claim, failure, NOW_MS) },
  {
    name: 'a launch error',
    counters: { ...none, attempts: 0, launch_failures: 1 },
    act: (store, claim) => store.requeueJob(claim, launch, NOW_MS),
  },
  {
    name: 'a transient error',
    counters: { ...none, attempts: 0, transient_attempts: 1 },
    act: (store, claim) => store.requeueTransient(claim, transient, NOW_MS),
  },
  {
    name: 'a reap',
    counters: none,
    act: (store, _, found) => store.reapJob(found, { reason: 'dead', ending: failure }, NOW_MS),
  },
  {
    name: 'the loss of its server',
    counters: { ...none, attempts: 0, lost_runs: 1 },
    act: (store, _, found) => store.requeueRunningJobs([found], NOW_MS),
  },
]

export function endingsContract(open: OpenStore): void {
  test.each(ends)('$name gives back the attempt if it was not used up', ({ act, counters }) =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      const claim = await bench.running(35)
      const { running } = await bench.store.survey(bench.life.id)
      await act(bench.store, claim, running[0]!)
      expect(await bench.row(id)).toMatchObject(counters)
    }),
  )

  test.each(ends)('an accepted cancel wins over $name', ({ act }) =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit({ maxAttempts: 3 })
      const claim = await bench.running(35)
      const { running } = await bench.store.survey(bench.life.id)
      expect(await bench.store.cancelJob(id, NOW_MS + 1)).toBe('cancelling')
      expect(['cancelled', 1]).toContain(await act(bench.store, claim, running[0]!))
      const kept = { run_id: claim.fence, pid: 35, started_at: NOW_MS, finished_at: NOW_MS }
      expect(await bench.row(id)).toMatchObject({ ...kept, status: 'cancelled', cancel_requested_at: NOW_MS + 1 })
      expect(await bench.next(NOW_MS + 3_600_000)).toBeUndefined()
    }),
  )

  test('a job that waits is cancelled at once, and never starts', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      expect(await bench.store.cancelJob(id, NOW_MS + 1)).toBe('cancelled')
      expect(await bench.row(id)).toMatchObject({ status: 'cancelled', finished_at: NOW_MS + 1, started_at: null })
      expect(await bench.next()).toBeUndefined()
    }))

  test('a running job is cancelled through its owner, who hears of it; the first request stands', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      const { fence } = await bench.running(35)
      expect(await bench.store.cancelRequests(bench.life.id)).toEqual([])
      expect(await bench.store.cancelJob(id, NOW_MS + 1)).toBe('cancelling')
      expect(await bench.store.cancelJob(id, NOW_MS + 2)).toBe('cancelling')
      expect(await bench.row(id)).toMatchObject({ status: 'running', cancel_requested_at: NOW_MS + 1 })
      expect(await bench.store.cancelRequests(bench.life.id)).toEqual([{ id, fence }])
    }))

  test('a finished job is not cancelled, nor is one that never was', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      await bench.store.finishJob(await bench.running(35), { kind: 'success' }, NOW_MS)
      const before = await bench.row(id)
      expect(await bench.store.cancelJob(id, NOW_MS + 1)).toBe('finished')
      expect(await bench.row(id)).toEqual(before)
      expect(await bench.store.cancelJob((id + 1) as JobId, NOW_MS)).toBe('unknown')
    }))

  test('failures count against the attempts, and the last one is final', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit({ maxAttempts: 2 })
      expect(await bench.store.requeueJob(await bench.running(35), failure, NOW_MS)).toBe('queued')
      expect(await bench.store.requeueJob(await bench.running(36), failure, NOW_MS)).toBe('failed')
      expect(await bench.row(id)).toMatchObject({ attempts: 2, error: 'exit_code=1', pid: 36, finished_at: NOW_MS })
    }))

  test('launch errors, lost servers and transient errors count against limits of their own', () =>
    Bench.with(open, { launchFailuresMax: 2, lostRunsMax: 2, transientMax: 2 }, async (bench) => {
      for (const { act } of ends.slice(3).filter(({ name }) => name !== 'a reap')) {
        const id = await bench.submit({ maxAttempts: 1 })
        const statuses: string[] = []
        for (let n = 0; n < 2; n++) {
          const claim = await bench.claim(NOW_MS + 3_600_000)
          const { running } = await bench.store.survey(bench.life.id)
          await act(bench.store, claim, running[0]!)
          statuses.push((await bench.row(id)).status)
        }
        expect(statuses).toEqual(['queued', 'failed'])
        expect(await bench.row(id)).toMatchObject({ attempts: 0 })
      }
    }))

  test('a transient error waits for the back-off, or for the delay it was given; a launch error does not wait', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      await bench.store.requeueJob(await bench.claim(), launch, NOW_MS)
      expect(await bench.row(id)).toMatchObject({ status: 'queued', available_at: null })
      await bench.store.requeueTransient(await bench.claim(), transient, NOW_MS)
      expect(await bench.row(id)).toMatchObject({ status: 'queued', available_at: NOW_MS + 10_000 })
      const second = await bench.claim(NOW_MS + 10_000)
      await bench.store.requeueTransient(second, { ...transient, delayMs: 250 }, NOW_MS)
      expect(await bench.row(id)).toMatchObject({ available_at: NOW_MS + 250, transient_attempts: 2 })
    }))
}
