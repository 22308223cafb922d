// Tasks: what becomes of a job whose work is a handler in this program, on a machine that stands still until it is moved.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Claim,
  defaultOptions,
  type Handler,
  NonRetryableError,
  Orchestrator,
  Registry,
  RetryableError,
  standardParts,
  type TaskJob,
  type TaskSpec,
} from '../src/system/index.ts'
import { handDrivenMachine, settled } from './support/handDrivenMachine.ts'
import { NOW_MS, openHouse, rowOf, sound } from './support/ownershipHouse.ts'
import { seedNumber } from './support/seed.ts'

const { killGraceMs, drainMs } = defaultOptions

/** A mail to be sent by this handler, in the queue of a server that has not started it yet. */
async function office(handler: Handler, spec: Partial<TaskSpec> = {}) {
  const house = await openHouse()
  const machine = handDrivenMachine({ database: house.database, nowMs: NOW_MS })
  const registry = new Registry(house.store, machine.ports, defaultOptions, standardParts.launchers(machine.ports), {
    handlers: { mail: handler },
    ended: () => undefined,
    started: () => undefined,
    exhausted: () => undefined,
    strayed: () => undefined,
    failed: (error) => expect.unreachable(String(error)),
  })
  const id = await house.store.submitJob({ task: 'mail', ...spec }, NOW_MS)
  const claim = async () => {
    const nowMs = machine.ports.clock.nowMs()
    return sound(await house.store.claimNextJob(house.life, house.name, ['mail'], nowMs))
  }
  return {
    ...{ house, machine, registry, id, claim },
    row: () => rowOf(house, id),
    runs: () => house.store.runsOf(id),
    /** Claims it and starts its handler. */
    start: async (): Promise<Claim> => {
      const claimed = await claim()
      registry.launch(claimed)
      await settled()
      return claimed
    },
  }
}

/** A handler that ends when the test says so, in the way it says. */
function patient() {
  const signals: AbortSignal[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const handler: Handler = (_, { signal }) => {
    signals.push(signal)
    return promise
  }
  return { handler, signals, resolve, reject }
}

describe('a handler', () => {
  test('that returns has done the job', async () => {
    const given: TaskJob[] = []
    const { start, id, row, runs } = await office((job) => given.push(job), { payload: { to: 'ada' } })
    const { fence, token } = await start()
    expect(given).toEqual([{ id, task: 'mail', payload: { to: 'ada' }, attempt: 1, token }])
    expect(row()).toMatchObject({ status: 'done', attempts: 1, run_id: fence, pid: null, error: null })
    expect(await runs()).toMatchObject([{ phase: 'finished', outcome: 'done', pid: null, exit_code: null }])
  })

  test('keeps the job running for as long as it takes', async () => {
    const { handler, resolve } = patient()
    const { start, row, machine, registry } = await office(handler)
    const { fence } = await start()
    machine.advance(killGraceMs)
    await settled()
    expect(row()).toMatchObject({ status: 'running', run_id: fence, pid: null })
    expect(registry.isRunning).toBe(true)
    resolve()
    await registry.drained()
    expect(row()).toMatchObject({ status: 'done', finished_at: NOW_MS + killGraceMs })
  })

  test.each<readonly [how: string, handler: Handler, error: string]>([
    [
      'throws',
      () => {
        throw new Error('no such mailbox')
      },
      'Error: no such mailbox',
    ],
    ['rejects', () => Promise.reject(new TypeError('no such mailbox')), 'TypeError: no such mailbox'],
    ['rejects with no error at all', () => Promise.reject('no such mailbox'), 'no such mailbox'],
  ])('that %s has failed, and is tried again while attempts are left', async (_, handler, error) => {
    const attempts: number[] = []
    const counting: Handler = (job, context) => {
      attempts.push(job.attempt)
      return handler(job, context)
    }
    const { start, row, runs } = await office(counting, { maxAttempts: 2 })
    await start()
    expect(row()).toMatchObject({ status: 'queued', attempts: 1, available_at: null, run_id: null, error })
    await start()
    expect(row()).toMatchObject({ status: 'failed', attempts: 2, error })
    expect(attempts).toEqual([1, 2])
    expect(await runs()).toMatchObject([{ outcome: 'failure' }, { outcome: 'failed' }])
  })

  test.each<readonly [afterMs: number | undefined, transientDelayMs: number | undefined, waits: number]>([
    [250, undefined, 250],
    [undefined, 400, 400],
    [250, 400, 250],
    [0, 400, 0],
    [undefined, undefined, 10_000],
  ])(
    'that asks for another try after %s ms, of a job whose delay is %s, waits %s ms',
    async (afterMs, delay, waits) => {
      const handler: Handler = () =>
        Promise.reject(new RetryableError('busy', afterMs === undefined ? {} : { afterMs }))
      const { start, row, runs, machine } = await office(
        handler,
        delay === undefined ? {} : { transientDelayMs: delay },
      )
      await start()
      const refunded = { status: 'queued', attempts: 0, transient_attempts: 1, error: 'busy' }
      expect(row()).toMatchObject({ ...refunded, available_at: NOW_MS + waits, run_id: null })
      expect(await runs()).toMatchObject([{ outcome: 'transient', error: 'busy' }])
      machine.advance(waits)
      await start()
      const second = waits === 10_000 ? 20_000 : waits
      expect(row()).toMatchObject({ attempts: 0, transient_attempts: 2, available_at: NOW_MS + waits + second })
    },
  )

  test('that says trying again cannot help has failed for good', async () => {
    const { start, row } = await office(() => Promise.reject(new NonRetryableError('no such person')), {
      maxAttempts: 9,
    })
    await start()
    expect(row()).toMatchObject({ status: 'failed', attempts: 1, error: 'no such person', finished_at: NOW_MS })
  })

  test('gets the payload that was submitted, as JSON holds it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (payload) => {
        const given: unknown[] = []
        const { start, row } = await office((job) => given.push(job.payload), { payload })
        await start()
        expect(row().status).toBe('done')
        expect(given).toEqual([JSON.parse(JSON.stringify(payload))])
      }),
      { seed: seedNumber, numRuns: 40 },
    )
  })
})

describe('a cancel', () => {
  test.each<readonly [how: string, end: (handler: ReturnType<typeof patient>) => void]>([
    ['returns', ({ resolve }) => resolve()],
    ['throws', ({ reject }) => reject(new Error('interrupted'))],
    ['asks for another try', ({ reject }) => reject(new RetryableError('interrupted'))],
    ['says that trying again cannot help', ({ reject }) => reject(new NonRetryableError('interrupted'))],
  ])('aborts the signal, and the job is cancelled where its handler %s', async (_, end) => {
    const handler = patient()
    const { start, row, house, registry, id } = await office(handler.handler, { maxAttempts: 9 })
    const { fence } = await start()
    expect(handler.signals.map(({ aborted }) => aborted)).toEqual([false])
    expect(await house.store.cancelJob(id, NOW_MS)).toBe('cancelling')
    registry.cancel(fence)
    await settled()
    expect(handler.signals[0]).toMatchObject({ aborted: true, reason: new Error('the job was cancelled') })
    expect(row().status).toBe('running')
    end(handler)
    await registry.drained()
    expect(row()).toMatchObject({ status: 'cancelled', run_id: fence, finished_at: NOW_MS })
  })

  test('before the handler has started keeps it from starting', async () => {
    const { handler, signals } = patient()
    const { claim, row, house, registry, id } = await office(handler)
    const claimed = await claim()
    await house.store.cancelJob(id, NOW_MS)
    registry.launch(claimed)
    registry.cancel(claimed.fence)
    await registry.drained()
    expect(signals).toEqual([])
    expect(row()).toMatchObject({ status: 'cancelled' })
  })

  test.each<readonly [late: string, end: (handler: ReturnType<typeof patient>) => void]>([
    ['returns', ({ resolve }) => resolve()],
    ['throws', ({ reject }) => reject(new Error('too late'))],
  ])('leaves a handler behind that ignores it, and nothing changes when it %s after all', async (_, end) => {
    const handler = patient()
    const { start, row, runs, house, registry, machine, id } = await office(handler.handler)
    const { fence } = await start()
    await house.store.cancelJob(id, NOW_MS)
    registry.cancel(fence)
    await settled()
    machine.advance(killGraceMs - 1)
    await settled()
    expect(row().status).toBe('running')
    machine.advance(1)
    await registry.drained()
    const error = 'its handler did not end when it was told to'
    expect(row()).toMatchObject({ status: 'cancelled', error, finished_at: NOW_MS + killGraceMs })
    const before = [row(), await runs()]
    end(handler)
    await settled()
    expect([row(), await runs()]).toEqual(before)
  })
})

describe('a run that was given up', () => {
  test('writes nothing, and its handler is told', async () => {
    const { handler, signals, resolve } = patient()
    const { start, row, runs, registry } = await office(handler)
    const { fence } = await start()
    const before = [row(), await runs()]
    registry.abandon(fence)
    await settled()
    expect(signals[0]).toMatchObject({ aborted: true, reason: new Error('the run was given up') })
    resolve()
    await registry.drained()
    expect([row(), await runs()]).toEqual(before)
    expect(row().status).toBe('running')
  })

  test('is not waited for longer than the grace', async () => {
    const { handler } = patient()
    const { start, row, registry, machine } = await office(handler)
    await start()
    const ended = registry.detachAll()
    await settled()
    machine.advance(killGraceMs)
    expect(await ended).toBe(1)
    expect([registry.isRunning, row().status]).toEqual([false, 'running'])
  })

  test('before its handler has started never starts it', async () => {
    const { handler, signals } = patient()
    const { claim, row, registry } = await office(handler)
    const claimed = await claim()
    registry.launch(claimed)
    registry.abandon(claimed.fence)
    await registry.drained()
    expect(signals).toEqual([])
    expect(row().status).toBe('running')
  })

  test('before it was stamped never starts its handler either', async () => {
    const { handler, signals } = patient()
    const { claim, row, house, registry } = await office(handler)
    const claimed = await claim()
    await house.store.requeueJob(claimed, { kind: 'launch', error: 'given back' }, NOW_MS)
    const before = row()
    registry.launch(claimed)
    await registry.drained()
    expect(signals).toEqual([])
    expect(row()).toEqual(before)
  })

  test('and whose job another claim holds cannot touch that claim', async () => {
    const handlers = [patient(), patient()]
    let calls = 0
    const { start, row, house, registry } = await office((...given) => handlers[calls++]!.handler(...given))
    const first = await start()
    await house.store.requeueRunningJobs((await house.store.survey(house.life.id)).running, NOW_MS)
    const second = await start()
    const before = row()
    handlers[0]!.resolve()
    await settled()
    expect(row()).toEqual(before)
    expect(before).toMatchObject({ status: 'running', fence: second.fence, lost_runs: 1 })
    expect(second.token).not.toBe(first.token)
    handlers[1]!.resolve()
    await registry.drained()
    expect(row()).toMatchObject({ status: 'done', run_id: second.fence })
  })

  test('because the server stops goes back to the queue', async () => {
    const { handler, signals, resolve } = patient()
    const { machine, house, id, row } = await office(handler)
    const setup = { shared: true, handlers: { mail: handler } }
    const orchestrator = await Orchestrator.start(machine.ports, setup)
    await orchestrator.submit({ task: 'mail', repo: 'another' })
    await settled()
    expect(signals).toHaveLength(1)
    const stopped = orchestrator.stop()
    await settled()
    expect(signals[0]!.aborted).toBe(false)
    machine.advance(drainMs)
    await settled()
    expect(signals[0]).toMatchObject({ aborted: true, reason: new Error('the run was given up') })
    resolve()
    expect(await stopped).toEqual({ left: 0, abandoned: 1 })
    expect(row()).toMatchObject({
      id,
      status: 'queued',
      attempts: 0,
      lost_runs: 0,
      error: 'its server was stopped before it had ended',
    })
    expect((await house.store.openLives()).map((life) => life.id)).toEqual([house.life.id])
  })
})
