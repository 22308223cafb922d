/** Who is claimed, when, and by whom. */
import { expect, test } from 'vitest'
import { server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

export function queueContract(open: OpenStore): void {
  test('a claim has one winner, however many ask at once', () =>
    Bench.with(open, { maxConcurrency: 10, serialGate: false }, async (bench) => {
      const jobs = [await bench.submit(), await bench.submit(), await bench.submit()]
      const rival = await sharedLife(bench.store, { ...server, startTime: 7 }, 'rival', NOW_MS)
      const asked = Array.from({ length: 8 }, (_, n) => bench.next(NOW_MS, n % 2 === 0 ? bench.life : rival))
      const claims = (await Promise.all(asked)).filter((claim) => typeof claim === 'object')
      expect(claims.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(jobs)
      expect(new Set(claims.map(({ fence }) => fence)).size).toBe(3)
      for (const { id, fence } of claims) expect(await bench.row(id)).toMatchObject({ status: 'running', fence })
    }))

  test('lower priorities go first, among equals the earlier job', () =>
    Bench.with(open, { maxConcurrency: 10, serialGate: false }, async (bench) => {
      const [last, second, first, third] = [
        await bench.submit({ priority: 2 }),
        await bench.submit({ priority: 0 }),
        await bench.submit({ priority: -1 }),
        await bench.submit({ priority: 0 }),
      ]
      const claimed = []
      for (let n = 0; n < 4; n++) claimed.push((await bench.claim()).id)
      expect(claimed).toEqual([first, second, third, last])
      expect(await bench.next()).toBeUndefined()
    }))

  test('a job does not start before its time, and does at it', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit({ delayMs: 3_000 })
      expect(await bench.next(NOW_MS + 2_999)).toBeUndefined()
      expect((await bench.claim(NOW_MS + 3_000)).id).toBe(id)
      expect(await bench.row(id)).toMatchObject({ available_at: null, started_at: NOW_MS + 3_000 })
    }))

  test('a job that waits for its time lets later ones of other repos pass', () =>
    Bench.with(open, {}, async (bench) => {
      await bench.submit({ delayMs: 3_000, repo: 'one' })
      const other = await bench.submit({ repo: 'two', priority: 9 })
      expect((await bench.claim()).id).toBe(other)
    }))

  test('the serial gate keeps a job behind each earlier one of its repo, until that is finished', () =>
    Bench.with(open, { maxConcurrency: 10, serialGate: true }, async (bench) => {
      const first = await bench.submit({ repo: 'one' })
      const second = await bench.submit({ repo: 'one', priority: -5 })
      const elsewhere = await bench.submit({ repo: 'two', priority: 5 })
      const claim = await bench.claim()
      expect([claim.id, (await bench.claim()).id]).toEqual([first, elsewhere])
      expect(await bench.next()).toBeUndefined()
      await bench.store.requeueTransient(claim, { kind: 'transient', error: 'busy', delayMs: 1_000 }, NOW_MS)
      // The earlier one only waits: it is not finished.
      expect(await bench.next()).toBeUndefined()
      const again = await bench.claim(NOW_MS + 1_000)
      expect(again.id).toBe(first)
      await bench.store.finishJob(again, { kind: 'permanent', error: 'no' }, NOW_MS)
      expect((await bench.claim()).id).toBe(second)
    }))

  test('the kill-switch of the serial gate lets them all run', () =>
    Bench.with(open, { maxConcurrency: 10, serialGate: false }, async (bench) => {
      await bench.submit({ repo: 'one' })
      const urgent = await bench.submit({ repo: 'one', priority: -5 })
      expect((await bench.claim()).id).toBe(urgent)
      expect(await bench.next()).toBeTypeOf('object')
    }))

  test('no more run than may, over all servers, and a free slot is taken at once', () =>
    Bench.with(open, { maxConcurrency: 2, serialGate: false }, async (bench) => {
      for (let n = 0; n < 4; n++) await bench.submit()
      const rival = await sharedLife(bench.store, server, 'rival', NOW_MS)
      const first = await bench.claim()
      await bench.claim(NOW_MS, rival)
      expect(await bench.next()).toBeUndefined()
      expect(await bench.next(NOW_MS, rival)).toBeUndefined()
      expect(await bench.store.counts()).toEqual({ queued: 2, running: 2, done: 0, failed: 0, cancelled: 0 })
      await bench.store.finishJob(first, { kind: 'success' }, NOW_MS)
      expect(await bench.next(NOW_MS, rival)).toBeTypeOf('object')
      expect(await bench.next()).toBeUndefined()
    }))

  test('a claim opens a run with a fence and a token of its own, and counts an attempt', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit({ maxAttempts: 3 })
      const first = await bench.claim()
      await bench.store.requeueJob(first, { kind: 'failure', error: 'no' }, NOW_MS)
      const second = await bench.claim(NOW_MS + 1)
      expect(second.fence).toBeGreaterThan(first.fence)
      expect([first.token, second.token]).toEqual([`${bench.life.token}/run1`, `${bench.life.token}/run2`])
      expect(second.job).toEqual(await bench.row(id))
      const fresh = { status: 'running', attempts: 2, run_id: null, pid: null, started_at: NOW_MS + 1 }
      expect(second.job).toMatchObject({ ...fresh, fence: second.fence, life_id: bench.life.id })
    }))

  test('what was submitted can be read back, and an unknown job is undefined', () =>
    Bench.with(open, {}, async (bench) => {
      const argv = ['work', 'ä "quoted"; --', ''] as const
      const environment = { PATH: '/bin', "it's": '=\n' }
      const given = { environment, directory: '/a b' }
      const spec = { argv, ...given, agent: 'builder', repo: 'one', priority: 3, maxAttempts: 5, transientDelayMs: 250 }
      const id = await bench.store.submitJob(spec, NOW_MS)
      const job = await bench.row(id)
      expect(JSON.parse(job.argv!)).toEqual(argv)
      expect(JSON.parse(job.environment)).toEqual(environment)
      expect(job.directory).toBe('/a b')
      expect(job).toMatchObject({
        agent: 'builder',
        repo: 'one',
        priority: 3,
        max_attempts: 5,
        transient_delay_ms: 250,
      })
      expect(job).toMatchObject({ status: 'queued', attempts: 0, created_at: NOW_MS, available_at: null })
      expect(await bench.store.job((id + 1) as typeof id)).toBeUndefined()
    }))
}
