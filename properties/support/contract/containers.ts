/** Runs in containers: they wait until their container is gone, and hand on their mount and their session. */
import { expect, test } from 'vitest'
import type { JobId, RunId } from '../../../src/model/ids.ts'
import { server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

const success = { kind: 'success' } as const
const failure = { kind: 'failure', error: 'exit_code=1' } as const
const taken = { kind: 'taken', error: 'launch error: EEXIST' } as const

export function containersContract(open: OpenStore): void {
  test('what runs in a container has an image and a mount of its own; that there are any, a survey says', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      await bench.submit()
      expect((await store.survey(life.id)).usesContainers).toBe(false)
      const jobs = [await bench.submitContainer({ argv: ['work'] }), await bench.submitContainer()]
      const rows = await Promise.all(jobs.map((id) => bench.row(id)))
      expect(rows).toMatchObject([
        { image: 'agent', argv: '["work"]' },
        { image: 'agent', argv: '[]' },
      ])
      for (const { id, mount } of rows) expect(mount).toMatch(new RegExp(`^${id}-[0-9a-f]{32}$`))
      expect(rows[0]!.mount).not.toBe(rows[1]!.mount)
      expect((await store.survey(life.id)).usesContainers).toBe(true)
    }))

  test('a run with a container waits when its job has ended, and is finished when it is closed, once', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      const id = await bench.submitContainer()
      const claim = await bench.contained('box')
      const { fence, token } = claim
      expect((await store.survey(life.id)).running).toMatchObject([{ id, image: 'agent', container: 'box', pid: null }])
      expect(await store.closeRun(fence)).toBe(false)
      expect(await store.finishJob(claim, success, NOW_MS)).toBe('done')
      expect(await store.runsOf(id)).toMatchObject([{ phase: 'waiting', container: 'box', outcome: 'done' }])
      expect((await store.survey(life.id)).waiting).toEqual([{ id: fence, token }])
      expect(await store.countWaiting()).toBe(1)
      expect([await store.closeRun(fence), await store.closeRun(fence)]).toEqual([true, false])
      expect(await store.runsOf(id)).toMatchObject([{ phase: 'finished', container: 'box' }])
      expect((await store.survey(life.id)).waiting).toEqual([])
      expect(await store.countWaiting()).toBe(0)
    }))

  test('what waits is the business of its life, and of all others when that is over', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      await bench.submitContainer()
      const claim = await bench.contained('box')
      await store.finishJob(claim, success, NOW_MS)
      const other = await sharedLife(store, server, 'other', NOW_MS)
      const seen = { id: claim.fence, token: claim.token }
      expect((await store.survey(other.id)).waiting).toEqual([])
      await store.endLife(life.id, NOW_MS)
      expect((await store.survey(other.id)).waiting).toEqual([seen])
    }))

  test('a container of a life that has ended may be adopted, and is over when its job is', () =>
    Bench.with(open, { maxConcurrency: 2 }, async (bench) => {
      const { store, life } = bench
      await bench.submitContainer({ repo: 'one' })
      await bench.submitContainer({ repo: 'two' })
      const [one, two] = [await bench.contained('box'), await bench.contained('case')]
      await store.finishJob(one, success, NOW_MS)
      const asked = [one.token, two.token]
      expect([await store.runsOver(asked), await store.containersOver(asked)]).toEqual([[], []])
      await store.endLife(life.id, NOW_MS)
      expect((await store.runsOver(asked)).toSorted()).toEqual(asked)
      expect(await store.containersOver(asked)).toEqual([one.token])
    }))

  test('what waits is released by a cancel or a deletion, and its owner hears of it', () =>
    Bench.with(open, { maxConcurrency: 2 }, async (bench) => {
      const { store, life } = bench
      const [one, two] = [await bench.submitContainer({ repo: 'one' }), await bench.submitContainer({ repo: 'two' })]
      const claims = [await bench.contained('box'), await bench.contained('case')]
      for (const claim of claims) await store.finishJob(claim, success, NOW_MS)
      expect(await store.cancelRequests(life.id)).toEqual([])
      expect([await store.cancelJob(one, NOW_MS), await store.cancelJob(one, NOW_MS)]).toEqual(['released', 'released'])
      expect(await store.cancelRequests(life.id)).toEqual([{ id: one, fence: claims[0]!.fence }])
      expect([await store.deleteJob(two, NOW_MS), await store.deleteJob(two, NOW_MS)]).toEqual(['deleting', 'deleting'])
      expect(await store.cancelRequests(life.id)).toHaveLength(2)
      expect([await store.removableJobs(0, 9), await store.removeJob(two)]).toEqual([[], false])
      for (const { fence } of claims) await store.closeRun(fence)
      expect(await store.cancelRequests(life.id)).toEqual([])
      expect(await store.cancelJob(one, NOW_MS)).toBe('finished')
      expect(await store.deleteJob(two, NOW_MS)).toBe('deleted')
      expect(await store.removableJobs(0, 9)).toMatchObject([{ id: two, runs: [claims[1]!.fence] }])
      expect(await store.removeJob(two)).toBe(true)
    }))

  test('what is to be deleted is not waited for, also where it still ran when that was asked', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      const id = await bench.submitContainer()
      const claim = await bench.contained('box')
      expect(await store.deleteJob(id, NOW_MS)).toBe('deleting')
      await store.recordExit(claim, { code: 0, signal: null }, NOW_MS)
      expect(await store.finishJob(claim, success, NOW_MS)).toBe('cancelled')
      expect(await store.cancelRequests(life.id)).toEqual([{ id, fence: claim.fence }])
    }))

  test('a reap puts the outcome that nobody has recorded on record, and gives way to one that somebody has', () =>
    Bench.with(open, { maxConcurrency: 2 }, async (bench) => {
      const { store, life } = bench
      await bench.submitContainer({ repo: 'one' })
      await bench.submitContainer({ repo: 'two' })
      const [one, two] = [await bench.contained('box'), await bench.contained('case')]
      const { running } = await store.survey(life.id)
      const outcome = { code: 7, signal: null, sessionId: 'session-1' }
      await store.recordExit(two, { code: 0, signal: null }, NOW_MS)
      expect(await store.reapJob(running[0]!, { reason: 'exited', ending: failure, outcome }, NOW_MS)).toBe('queued')
      expect(await store.reapJob(running[1]!, { reason: 'exited', ending: failure, outcome }, NOW_MS)).toBeUndefined()
      expect(await store.runsOf(one.id)).toMatchObject([{ exit_code: 7, session_id: 'session-1', phase: 'waiting' }])
      expect(await store.runsOf(two.id)).toMatchObject([{ exit_code: 0, session_id: null, phase: 'exited' }])
    }))

  test('a relaunch goes on from the last run: with its mount, its session and its terms', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const terms = { repo: 'one', priority: 3, maxAttempts: 2, transientDelayMs: 250 }
      const first = await bench.submitContainer({ ...terms, environment: { A: 'b' }, directory: '/x' })
      const one = await bench.contained('box')
      await store.recordExit(one, { code: 1, signal: null, sessionId: 'session-1' }, NOW_MS)
      await store.requeueJob(one, failure, NOW_MS)
      const two = await bench.contained('case')
      // What the second attempt does not say, the first has said.
      expect(two.session_id).toBe('session-1')
      await store.finishJob(two, success, NOW_MS)
      const next = (await store.relaunchJob(first, NOW_MS + 1)) as JobId
      const { mount, ...before } = await bench.row(first)
      const { argv, environment, directory, image, repo, priority, max_attempts, transient_delay_ms } = before
      const same = { argv, environment, directory, image, repo, priority, max_attempts, transient_delay_ms, mount }
      const goesOn = { parent_run_id: two.fence, session_id: 'session-1' }
      expect(await bench.row(next)).toMatchObject({
        ...same,
        ...goesOn,
        status: 'queued',
        attempts: 0,
        created_at: NOW_MS + 1,
      })
      const three = await bench.contained('chest')
      expect(three.session_id).toBe('session-1')
      expect((await store.runsOf(first)).map((run) => run.parent_run_id)).toEqual([null, one.fence])
      expect(await store.runsOf(next)).toMatchObject([goesOn])
      await store.recordExit(three, { code: 0, signal: null, sessionId: 'session-2' }, NOW_MS)
      await store.finishJob(three, success, NOW_MS)
      const last = (await store.relaunchJob(next, NOW_MS)) as JobId
      expect(await bench.row(last)).toMatchObject({ parent_run_id: three.fence, session_id: 'session-2', mount })
    }))

  test('a relaunch that never ran hands on what it was given itself', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const first = await bench.submitContainer()
      const claim = await bench.contained('box')
      await store.recordExit(claim, { code: 0, signal: null, sessionId: 'session-1' }, NOW_MS)
      await store.finishJob(claim, success, NOW_MS)
      const second = (await store.relaunchJob(first, NOW_MS)) as JobId
      await store.cancelJob(second, NOW_MS)
      const third = (await store.relaunchJob(second, NOW_MS)) as JobId
      const goesOn = { parent_run_id: claim.fence, session_id: 'session-1', mount: claim.job.mount }
      expect([await bench.row(second), await bench.row(third)]).toMatchObject([goesOn, goesOn])
    }))

  test('only what has ended, and is not to be deleted, is launched again', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const id = await bench.submit()
      expect(await store.relaunchJob(id, NOW_MS)).toBe('unfinished')
      const claim = await bench.running(35)
      expect(await store.relaunchJob(id, NOW_MS)).toBe('unfinished')
      await store.finishJob(claim, success, NOW_MS)
      expect(await store.relaunchJob(id, NOW_MS)).toBe(id + 1)
      await store.deleteJob(id, NOW_MS)
      expect(await store.relaunchJob(id, NOW_MS)).toBe('unknown')
      expect(await store.relaunchJob(999 as JobId, NOW_MS)).toBe('unknown')
      expect((await store.jobs({ limit: 9 })).map((job) => job.id)).toEqual([id + 1])
    }))

  test('two jobs with one mount never run at the same time', () =>
    Bench.with(open, { maxConcurrency: 9, serialGate: false }, async (bench) => {
      const { store } = bench
      const first = await bench.submitContainer()
      await store.finishJob(await bench.contained('box'), success, NOW_MS)
      const [one, two] = [await store.relaunchJob(first, NOW_MS), await store.relaunchJob(first, NOW_MS)]
      const claim = await bench.contained('case')
      expect(claim.id).toBe(one)
      expect(await bench.next()).toBeUndefined()
      // Another mount is in nobody's way.
      const other = await bench.submitContainer()
      expect((await bench.claim()).id).toBe(other)
      await store.finishJob(claim, success, NOW_MS)
      expect((await bench.claim()).id).toBe(two)
    }))

  test('a mount is unknown when no job knows of it any more', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const id = await bench.submitContainer()
      const claim = await bench.contained('box')
      const mount = claim.job.mount!
      await store.finishJob(claim, success, NOW_MS)
      await store.closeRun(claim.fence)
      const next = (await store.relaunchJob(id, NOW_MS)) as JobId
      const elsewhere = `1-${'f'.repeat(32)}`
      for (const job of [id, next]) {
        expect(await store.unknownMounts([mount, elsewhere])).toEqual([elsewhere])
        await store.deleteJob(job, NOW_MS)
        expect(await store.removableJob(job)).toMatchObject({ mount })
        expect(await store.removeJob(job)).toBe(true)
      }
      expect((await store.unknownMounts([mount, elsewhere])).toSorted()).toEqual([mount, elsewhere].toSorted())
    }))

  test('a mount of a job that there never was is not ours to remove, until there was one', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const mounts = [1, 2].map((id) => `${id}-${'f'.repeat(32)}`)
      expect(await store.unknownMounts(mounts)).toEqual([])
      const id = await bench.submitContainer()
      expect(await store.unknownMounts(mounts)).toEqual([mounts[0]])
      await store.deleteJob(id, NOW_MS)
      await store.removeJob(id)
      expect(await store.unknownMounts(mounts)).toEqual([mounts[0]])
      await bench.submit()
      expect((await store.unknownMounts(mounts)).toSorted()).toEqual(mounts)
    }))

  test('what had the name of a run is not ours to remove, also when its job is gone', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const id = await bench.submitContainer()
      const first = await bench.claim()
      expect(await store.requeueJob(first, taken, NOW_MS)).toBe('queued')
      expect(await bench.row(id)).toMatchObject({ attempts: 0, launch_failures: 1, error: taken.error })
      expect(await store.runsOf(id)).toMatchObject([{ phase: 'finished', outcome: 'taken' }])
      const second = await bench.contained('box')
      await store.finishJob(second, success, NOW_MS)
      await store.closeRun(second.fence)
      await store.deleteJob(id, NOW_MS)
      expect(await store.removableJob(id)).toMatchObject({ runs: [second.fence] })
      await store.removeJob(id)
      const runs: RunId[] = [first.fence, second.fence]
      expect(await store.unknownRuns(runs)).toEqual([second.fence])
    }))
}
