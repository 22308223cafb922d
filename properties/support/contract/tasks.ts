/** Tasks: only a server that has their handler claims them, and they run without a process. */
import { expect, test } from 'vitest'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

const payloads: readonly (readonly [what: string, payload: unknown, stored: unknown])[] = [
  ['nothing', undefined, null],
  ['null', null, null],
  ['false', false, false],
  ['a number', 0.1, 0.1],
  ['text', 'ä "quoted"; --\n', 'ä "quoted"; --\n'],
  ['a list', [1, ['two'], {}], [1, ['two'], {}]],
  ['an object', { to: { name: '🐟' }, '': null }, { to: { name: '🐟' }, '': null }],
]

export function tasksContract(open: OpenStore): void {
  test.each(payloads)('a task keeps its name and its payload: %s', (_, payload, stored) =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submitTask('mail', { payload, repo: 'one', priority: 3 })
      const job = await bench.row(id)
      expect(job).toMatchObject({ task: 'mail', argv: null, directory: null, repo: 'one', priority: 3 })
      expect(JSON.parse(job.payload!)).toEqual(stored)
    }),
  )

  test('a task is claimed by a server with its handler, and by no other', () =>
    Bench.with(open, { maxConcurrency: 9 }, async (bench) => {
      const { life } = bench
      const mail = await bench.submitTask('mail')
      expect(await bench.next()).toBeUndefined()
      expect(await bench.next(NOW_MS, life, ['index', 'mai', 'mails', 'MAIL', '%', ''])).toBeUndefined()
      const claim = await bench.claim(NOW_MS, life, ['index', 'mail'])
      expect(claim).toMatchObject({ id: mail, job: { task: 'mail', status: 'running', attempts: 1 } })
    }))

  test('names of tasks are compared as they are', () =>
    Bench.with(open, { maxConcurrency: 9, serialGate: false }, async (bench) => {
      const name = 'ä "quoted", [\'x\'] \\ --'
      const id = await bench.submitTask(name)
      expect(await bench.next(NOW_MS, bench.life, ['x', 'ä "quoted", '])).toBeUndefined()
      expect((await bench.claim(NOW_MS, bench.life, [name])).id).toBe(id)
    }))

  test('a server without the handler passes by a task, whatever its priority, to what it can run', () =>
    Bench.with(open, { maxConcurrency: 9, serialGate: true }, async (bench) => {
      const task = await bench.submitTask('mail', { repo: 'one', priority: -9 })
      const command = await bench.submit({ repo: 'two', priority: 9 })
      expect((await bench.claim()).id).toBe(command)
      expect(await bench.next()).toBeUndefined()
      expect((await bench.claim(NOW_MS, bench.life, ['mail'])).id).toBe(task)
    }))

  test('priorities hold over tasks and commands alike', () =>
    Bench.with(open, { maxConcurrency: 9, serialGate: false }, async (bench) => {
      const last = await bench.submit({ priority: 2 })
      const first = await bench.submitTask('mail', { priority: -1 })
      const second = await bench.submit({ priority: 1 })
      const claimed = []
      for (let n = 0; n < 3; n++) claimed.push((await bench.claim(NOW_MS, bench.life, ['mail'])).id)
      expect(claimed).toEqual([first, second, last])
    }))

  test('the serial gate keeps what comes after a task behind it, also where nobody has its handler', () =>
    Bench.with(open, { maxConcurrency: 9, serialGate: true }, async (bench) => {
      await bench.submitTask('mail', { repo: 'one' })
      const behind = await bench.submit({ repo: 'one', priority: -9 })
      expect(await bench.next()).toBeUndefined()
      const claim = await bench.claim(NOW_MS, bench.life, ['mail'])
      expect(await bench.next(NOW_MS, bench.life, ['mail'])).toBeUndefined()
      await bench.store.finishJob(claim, { kind: 'success' }, NOW_MS)
      expect((await bench.claim()).id).toBe(behind)
    }))

  test('the kill-switch of the serial gate lets others pass a task that nobody handles', () =>
    Bench.with(open, { maxConcurrency: 9, serialGate: false }, async (bench) => {
      await bench.submitTask('mail', { repo: 'one' })
      const behind = await bench.submit({ repo: 'one' })
      expect((await bench.claim()).id).toBe(behind)
      expect(await bench.next()).toBeUndefined()
    }))

  test('a task is stamped without a process, once, and is nobody to signal', () =>
    Bench.with(open, {}, async (bench) => {
      const { store, life } = bench
      const id = await bench.submitTask('mail')
      const claim = await bench.claim(NOW_MS, life, ['mail'])
      expect([await store.stampRun(claim, undefined), await store.stampRun(claim, undefined)]).toEqual([true, false])
      const stamped = { run_id: claim.fence, pid: null, started_at: NOW_MS }
      expect(await bench.row(id)).toMatchObject({ ...stamped, status: 'running' })
      expect(await store.runsOf(id)).toMatchObject([{ id: claim.fence, phase: 'running', pid: null }])
      expect((await store.survey(life.id)).running).toMatchObject([{ id, pid: null, start_time: null }])
      expect(await store.finishJob(claim, { kind: 'success' }, NOW_MS + 1)).toBe('done')
      expect(await bench.row(id)).toMatchObject({ ...stamped, status: 'done' })
    }))
}
