/** Server lives, their leases, and what a supervising server sees of the others. */
import { expect, test } from 'vitest'
import type { ContainerId } from '../../../src/model/ids.ts'
import { processOf, server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

export function livesContract(open: OpenStore): void {
  test('a life that was given up neither beats nor claims nor rises again', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      await bench.submit()
      expect(await store.beat(life.id)).toBe(true)
      expect([await store.endLife(life.id, NOW_MS), await store.endLife(life.id, NOW_MS)]).toEqual([true, false])
      expect(await store.beat(life.id)).toBe(false)
      expect(await bench.next()).toBe('ended')
      expect(await store.counts()).toMatchObject({ queued: 1, running: 0 })
    }))

  test('a life that was given up stamps nothing any more: whoever ended it has looked for what it started', () =>
    Bench.with(open, { maxConcurrency: 2, serialGate: false }, async (bench) => {
      const { store, life } = bench
      await bench.submit()
      await bench.submitContainer()
      const [process, contained] = [await bench.claim(), await bench.claim()]
      await store.endLife(life.id, NOW_MS)
      const rows = () => Promise.all([process, contained].map(({ id }) => bench.row(id)))
      const before = await rows()
      expect(await store.stampRun(process, processOf(process.token, 35))).toBe(false)
      expect(await store.stampRun(contained, { container: 'box' as ContainerId })).toBe(false)
      expect(await rows()).toEqual(before)
      for (const { id } of [process, contained])
        expect(await store.runsOf(id)).toMatchObject([{ phase: 'starting', pid: null, container: null }])
    }))

  test('lives have tokens of their own, which begin with that of the installation', () =>
    Bench.with(open, {}, async ({ store, life }) => {
      const other = await sharedLife(store, server, 'second', NOW_MS)
      const installation = await store.installation()
      expect(installation).toMatch(/^\w{8,}$/)
      expect([life.token, other.token]).toEqual([`${installation}/first`, `${installation}/second`])
      expect(other.id).toBeGreaterThan(life.id)
    }))

  test('a survey shows the own running jobs, the lives of others with their beats, and orphans once a life is over', () =>
    Bench.with(open, { maxConcurrency: 2, serialGate: false }, async (bench) => {
      const { store, life } = bench
      await bench.submit()
      await bench.submit()
      const other = await sharedLife(store, { ...server, startTime: 7 }, 'second', NOW_MS)
      const own = await bench.running(35)
      const others = await bench.claim(NOW_MS, other)
      await store.beat(other.id)
      const before = await store.survey(life.id)
      expect(before.running).toMatchObject([{ ...watched(own), pid: 35, start_time: 235, life_token: life.token }])
      expect(before.otherLives).toEqual([
        {
          ...{ id: other.id, beats: 1, token: other.token, started_at: NOW_MS, shared: true },
          server: { ...server, startTime: 7 },
        },
      ])
      expect(before.orphans).toEqual([])
      await store.endLife(other.id, NOW_MS)
      const after = await store.survey(life.id)
      expect(after.running).toEqual(before.running)
      expect(after.otherLives).toEqual([])
      expect(after.orphans).toMatchObject([{ ...watched(others), pid: null, life_token: other.token }])
    }))

  test('orphans are given back once, all in one go', () =>
    Bench.with(open, { maxConcurrency: 2, serialGate: false }, async (bench) => {
      const { store } = bench
      const jobs = [await bench.submit(), await bench.submit()]
      await bench.running(35)
      await bench.claim()
      await store.endLife(bench.life.id, NOW_MS)
      const next = await sharedLife(store, server, 'second', NOW_MS)
      const { orphans } = await store.survey(next.id)
      expect(await store.requeueRunningJobs(orphans, NOW_MS)).toBe(2)
      expect(await store.requeueRunningJobs(orphans, NOW_MS)).toBe(0)
      const given = { status: 'queued', run_id: null, pid: null, started_at: null, lost_runs: 1, attempts: 0 }
      for (const id of jobs) expect(await bench.row(id)).toMatchObject(given)
      expect((await store.survey(next.id)).orphans).toEqual([])
    }))

  test('a run is over when its claim ends or its life does, and when it is removed; those of others never are', () =>
    Bench.with(open, { maxConcurrency: 2, serialGate: false }, async (bench) => {
      const { store, life } = bench
      await bench.submit()
      await bench.submit()
      const [one, two] = [await bench.claim(), await bench.claim()]
      const removed = `${life.token}/removed`
      const installation = await store.installation()
      const asked = [one.token, two.token, removed, `${installation}/elsewhere/run`, life.token]
      const over = async () => (await store.runsOver(asked)).toSorted()
      expect(await over()).toEqual([removed])
      await store.recordExit(one, { code: 0, signal: null }, NOW_MS)
      expect(await over()).toEqual([removed])
      await store.finishJob(one, { kind: 'success' }, NOW_MS)
      expect(await over()).toEqual([removed, one.token].toSorted())
      await store.endLife(life.id, NOW_MS)
      expect(await over()).toEqual([removed, one.token, two.token].toSorted())
    }))

  test('runs that the database has forgotten are unknown, and numbers that no run has had yet are not ours', () =>
    Bench.with(open, { serialGate: false }, async (bench) => {
      const { store } = bench
      const id = await bench.submit()
      const { fence, ...claim } = await bench.claim()
      const other = 999 as typeof fence
      expect(await store.unknownRuns([fence, other])).toEqual([])
      await store.finishJob({ fence, ...claim }, { kind: 'success' }, NOW_MS)
      expect(await store.removableJob(id)).toBeUndefined()
      await store.deleteJob(id, NOW_MS)
      expect(await store.removableJob(id)).toEqual({ id, runs: [fence], mount: null })
      await store.removeJob(id)
      expect(await store.removableJob(id)).toBeUndefined()
      expect(await store.unknownRuns([fence, other])).toEqual([fence])
    }))

  test('impossible jobs are found and healed, and nothing else is touched', () =>
    Bench.with(open, { serialGate: false }, async (bench) => {
      const { store } = bench
      await bench.submit()
      const running = await bench.running(35)
      const jobs = [await bench.submit(), await bench.submit(), await bench.submit(), await bench.submit()]
      const owners = [
        { run_id: 1, pid: null, started_at: null },
        { run_id: null, pid: 35, started_at: null },
        { run_id: null, pid: null, started_at: 5 },
      ]
      for (const [at, owner] of owners.entries()) await bench.opened.makeImpossible(jobs[at]!, owner)
      const before = await Promise.all([running.id, ...jobs].map((id) => bench.row(id)))
      expect(await store.findImpossibleQueued()).toEqual(owners.map((owner, at) => ({ id: jobs[at], ...owner })))
      expect((await store.survey(bench.life.id)).impossibleQueued).toBe(3)
      expect((await store.sanitizeImpossibleQueued()).toSorted((a, b) => a - b)).toEqual(jobs.slice(0, 3))
      const healed = { run_id: null, pid: null, started_at: null }
      const after = await Promise.all([running.id, ...jobs].map((id) => bench.row(id)))
      expect(after).toEqual([before[0], ...before.slice(1).map((job) => ({ ...job, ...healed }))])
      expect(await store.findImpossibleQueued()).toEqual([])
    }))
}

function watched({ id, fence, token, job: { started_at, life_id } }: Awaited<ReturnType<Bench['claim']>>) {
  return { id, fence, token, started_at, life_id }
}
