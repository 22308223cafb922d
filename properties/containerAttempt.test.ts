// The actor of a run in a container, from its launch until nothing of it is left, on a machine that stands still until it
// is moved. Incident 1 is what it must not repeat: no outcome but its own, whatever the runs before it have left.

import { describe, expect, test } from 'vitest'
import type { ContainerFailure } from '../src/ports/index.ts'
import { Remover, statePlace } from '../src/system/index.ts'
import { engineHouse, recordOf } from './support/engineHouse.ts'
import type { EngineCall } from './support/handDrivenEngine.ts'
import { settled } from './support/handDrivenMachine.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

describe('a run in a container', () => {
  test('goes from its launch to its end, and leaves no container', async () => {
    const { start, engine, disk, row, runs, pass, registry, told } = await engineHouse()
    const environment = { A: 'b' }
    const claim = await start({ argv: ['work', 'hard'], environment, directory: '/inside' })
    const { id, fence, token, job } = claim
    expect(engine.specs).toEqual([
      {
        name: `strandline-${token.slice(0, 12)}-${fence}`,
        image: 'agent',
        argv: ['work', 'hard'],
        directory: '/inside',
        environment: {
          ...environment,
          STRANDLINE_RUN: token.split('/').at(-1),
          STRANDLINE_JOB: String(id),
          STRANDLINE_ATTEMPT: '1',
          STRANDLINE_STATE: '/strandline/state',
          STRANDLINE_MOUNT: '/strandline/mount',
        },
        labels: {
          'strandline.installation': token.split('/')[0],
          'strandline.run': String(fence),
          'strandline.fence': token,
          'strandline.mount': job.mount,
        },
        binds: [
          { source: `/runs/${statePlace(claim)}`, target: '/strandline/state' },
          { source: `/runs/mount-${job.mount}`, target: '/strandline/mount' },
        ],
      },
    ])
    expect(disk.paths).toEqual([String(fence), statePlace(claim), `mount-${job.mount}`])
    const { only } = engine
    expect(only.state).toBe('running')
    expect(row(id)).toMatchObject({ status: 'running', run_id: fence, pid: null })
    expect(await runs(id)).toMatchObject([{ phase: 'running', container: only.id, pid: null }])
    engine.exit(only.id, 0)
    await settled()
    expect(row(id)).toMatchObject({ status: 'done', run_id: fence, finished_at: NOW_MS })
    await pass(200)
    expect(engine.reports).toEqual([])
    expect(await runs(id)).toMatchObject([{ phase: 'finished', outcome: 'done', exit_code: 0 }])
    expect(registry.isRunning).toBe(false)
    expect([told[0], told.at(-1)]).toEqual(['started', 'ended'])
    expect(engine.signals).toEqual([])
  })

  test.each<readonly [engineSays: number, agentSays: string | undefined, code: number]>([
    [137, '{"exit_code": 0}', 0],
    [0, '{"exit_code": 3, "session_id": "x"}', 3],
    [0, '{"exit_code": 75}', 75],
    [137, undefined, 137],
    [1, 'not JSON', 1],
    [1, '{}', 1],
    [1, '{"exit_code": "0"}', 1],
    [1, '{"exit_code": 256}', 1],
  ])(
    'that the engine says ended with %s, and its agent with %s, ended with %s',
    async (engineSays, agentSays, code) => {
      const { start, engine, disk, row, runs, pass } = await engineHouse()
      const claim = await start({ maxAttempts: 1 })
      if (agentSays !== undefined) disk.write(`${statePlace(claim)}/result.json`, agentSays)
      engine.exit(engine.only.id, engineSays)
      await pass(200)
      expect(await runs(claim.id)).toMatchObject([{ exit_code: code, signal: null, phase: 'finished' }])
      expect(row(claim.id).status).toBe(code === 0 ? 'done' : code === 75 ? 'queued' : 'failed')
    },
  )

  test('never ends as one before it did, whose files are all still there', async () => {
    const { start, launch, engine, disk, row, runs, pass, store, registry, options } = await engineHouse()
    // given a run that failed, having said so in its result.json
    const first = await start({ maxAttempts: 3 })
    disk.write(`${statePlace(first)}/result.json`, '{"exit_code": 0}')
    disk.write(`${statePlace(first)}/session-id`, 'session-1')
    engine.exit(engine.only.id, 0)
    await pass(200)
    const again = await store.relaunchJob(first.id, NOW_MS)
    // when the next one on the same mount hangs, is cancelled, and is killed without having said anything
    const second = await launch()
    expect(second).toMatchObject({ id: again, session_id: 'session-1' })
    expect(second.job.mount).toBe(first.job.mount)
    expect(engine.specs[0]!.environment).toMatchObject({ STRANDLINE_SESSION: 'session-1' })
    const before = disk.reads.length
    await store.cancelJob(second.id, NOW_MS)
    registry.cancel(second.fence)
    await pass(options.killGraceMs)
    engine.exit(engine.only.id, 137)
    await pass(200)
    // then its outcome is the engine's, and nobody has looked at what is not its own
    expect(await runs(second.id)).toMatchObject([{ exit_code: 137 }])
    expect(row(second.id).status).toBe('cancelled')
    const own = statePlace(second)
    expect(new Set(disk.reads.slice(before))).toEqual(new Set([`${own}/result.json`, `${own}/session-id`]))
    expect(disk.paths).toContain(`${statePlace(first)}/result.json`)
  })
})

describe('a launch', () => {
  const queued = { status: 'queued', run_id: null, started_at: null }
  const uncounted = { ...queued, attempts: 0, transient_attempts: 0, launch_failures: 0, lost_runs: 0 }
  const launch = { ...queued, attempts: 0, launch_failures: 1, available_at: null }

  test.each<readonly [call: EngineCall, failure: ContainerFailure, job: object]>([
    ['create', 'impossible', { status: 'failed', attempts: 1 }],
    ['create', 'conflict', launch],
    ['create', 'failed', launch],
    ['create', 'unreachable', { ...uncounted, available_at: NOW_MS + 10_000 }],
    ['start', 'impossible', { status: 'failed', attempts: 1 }],
    ['start', 'failed', launch],
    // What was created is looked for before.
    ['start', 'unreachable', { ...uncounted, available_at: NOW_MS + 10_100 }],
  ])('whose %s is %s leaves no container behind', async (call, failure, job) => {
    const { start, engine, row, pass, runs } = await engineHouse()
    engine.fail(call, failure)
    const { id } = await start({ maxAttempts: 3 })
    await pass(200)
    expect(row(id)).toMatchObject({ ...job, error: `launch error: ${call}: ${failure}` })
    expect(await runs(id)).toMatchObject([{ phase: 'finished', container: null }])
    expect(engine.reports).toEqual([])
  })

  test('on an engine that is down ends when it has been looked for long enough what there might be', async () => {
    const { start, engine, row, pass, runs, told } = await engineHouse()
    engine.isUnreachable()
    const { id } = await start()
    expect(row(id).status).toBe('running')
    await pass(5_000)
    expect(row(id)).toMatchObject({ ...uncounted, available_at: NOW_MS + 15_000 })
    expect(await runs(id)).toMatchObject([{ outcome: 'exhausted' }])
    // It is not about the machine: what is no container is started all the same.
    expect(told.filter((text) => text.startsWith('exhausted'))).toEqual([])
  })

  test('on an engine that is down is tried again for as long as it is down, and no sooner than in 10 s', async () => {
    const { start, launch, store, life, engine, row, pass, ports, options } = await engineHouse()
    engine.isUnreachable()
    const { id } = await start({ maxAttempts: 1 })
    const most = options.transientMax + options.launchFailuresMax
    for (let n = 0; n < most; n++) {
      await pass(5_000)
      expect(row(id)).toMatchObject(uncounted)
      await pass(9_900)
      expect(await store.claimNextJob(life, () => 'early', [], ports.clock.nowMs())).toBeUndefined()
      await pass(100)
      await launch()
    }
    await pass(5_000)
    engine.isBack()
    await pass(10_000)
    await launch()
    engine.exit(engine.only.id, 0)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'done', attempts: 1 })
  })

  test('on a full disk is not about the job, and is told', async () => {
    const { start, disk, row, told } = await engineHouse()
    disk.block('1', 'ENOSPC')
    const { id } = await start()
    expect(row(id)).toMatchObject({ ...queued, attempts: 0, launch_failures: 0, error: 'launch error: ENOSPC: 1' })
    expect(told).toContain('exhausted: ENOSPC: 1')
  })

  test('whose directory is there already leaves it alone, also when the job is deleted later', async () => {
    const { start, launch, engine, disk, row, runs, pass, store, ports } = await engineHouse()
    disk.write('1/theirs', 'precious')
    const { id } = await start()
    expect(row(id)).toMatchObject({
      ...queued,
      attempts: 0,
      launch_failures: 1,
      error: 'launch error: EEXIST: 1: it was there before the run, and was left alone',
    })
    expect(await runs(id)).toMatchObject([{ phase: 'finished', outcome: 'taken' }])
    expect(engine.reports).toEqual([])
    const second = await launch()
    engine.exit(engine.only.id, 0)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'done', run_id: second.fence })
    await store.deleteJob(id, NOW_MS)
    await new Remover(store, ports).round()
    await new Remover(store, ports).round()
    expect(await store.job(id)).toBeUndefined()
    expect(disk.paths).toEqual(['1', '1/theirs'])
  })

  test('that takes too long is given up, and what comes of it later is removed', async () => {
    const { start, engine, row, pass, told, options } = await engineHouse()
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.hold('create', promise)
    const { id } = await start()
    await pass(options.spawnTimeoutMs)
    const error = `launch error: it had not started after ${options.spawnTimeoutMs} ms`
    expect(row(id)).toMatchObject({ ...queued, launch_failures: 1, error })
    resolve()
    await pass(200)
    expect(engine.reports).toEqual([])
    expect(told).toContain('strayed')
  })
})

describe('a cancel', () => {
  test.each<EngineCall>(['create', 'start'])(
    'while its %s is under way ends the job, and the container later',
    async (call) => {
      const { start, engine, row, pass, store, registry, told } = await engineHouse()
      const { promise, resolve } = Promise.withResolvers<void>()
      engine.hold(call, promise)
      const { id, fence } = await start()
      expect(await store.cancelJob(id, NOW_MS)).toBe('cancelling')
      registry.cancel(fence)
      await pass(200)
      expect(row(id)).toMatchObject({ status: 'cancelled', run_id: null })
      resolve()
      await pass(200)
      expect(engine.reports).toEqual([])
      expect([registry.isRunning, told.includes('strayed')]).toEqual([false, true])
    },
  )

  test('of what runs asks it to end, and it is cancelled whatever it ends with', async () => {
    const { start, engine, row, pass, store, registry } = await engineHouse()
    const { id, fence } = await start({ maxAttempts: 9 })
    await store.cancelJob(id, NOW_MS)
    registry.cancel(fence)
    await settled()
    expect([engine.signals, row(id).status]).toEqual([['SIGTERM'], 'running'])
    engine.exit(engine.only.id, 0)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'cancelled', run_id: fence })
    expect(engine.reports).toEqual([])
  })

  test('of what does not listen kills it after the grace', async () => {
    const { start, engine, row, pass, store, registry, options } = await engineHouse()
    const { id, fence } = await start()
    await store.cancelJob(id, NOW_MS)
    registry.cancel(fence)
    await pass(options.killGraceMs - 1)
    expect(engine.signals).toEqual(['SIGTERM'])
    await pass(1)
    expect(engine.signals).toEqual(['SIGTERM', 'SIGKILL'])
    engine.exit(engine.only.id, 137)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'cancelled' })
  })

  test.each<ContainerFailure>(['unreachable', 'failed', 'busy'])(
    'whose kills are lost (%s) is tried again and again, and the job runs as long as its container does',
    async (failure) => {
      const { start, engine, row, pass, store, registry, options } = await engineHouse()
      const { id, fence } = await start()
      engine.fail('kill', failure)
      await store.cancelJob(id, NOW_MS)
      registry.cancel(fence)
      await pass(3 * options.killGraceMs)
      expect([engine.only.state, row(id).status, engine.signals]).toEqual(['running', 'running', []])
      engine.heal('kill')
      await pass(2 * options.killGraceMs)
      expect(engine.signals).toEqual(['SIGKILL', 'SIGKILL'])
      engine.exit(engine.only.id, 137)
      await pass(200)
      expect(row(id)).toMatchObject({ status: 'cancelled' })
    },
  )
})

describe('a run that somebody looks at', () => {
  /** It has ended, and somebody still looks at it. */
  async function lookedAt() {
    const house = await engineHouse()
    const claim = await house.start()
    const listener = house.registry.connect(claim.id)!
    house.engine.exit(house.engine.only.id, 0)
    await settled()
    const phase = async () => (await house.runs(claim.id))[0]!.phase
    return { ...house, ...claim, listener, phase }
  }

  test('is kept while they do, though its job has ended, and goes when they do', async () => {
    const { id, row, pass, listener, phase, engine, told, options, registry } = await lookedAt()
    expect(row(id).status).toBe('done')
    // Its slot is free.
    expect(told).toContain('ended')
    await pass(options.keepaliveMs / 100)
    expect([await phase(), engine.only.state, registry.isRunning]).toEqual(['waiting', 'exited', true])
    listener.close()
    await settled()
    expect(engine.reports).toEqual([])
    await pass(100)
    expect([await phase(), registry.isRunning]).toEqual(['finished', false])
  })

  test('waits for the last of them, who may close twice', async () => {
    const { id, pass, listener, phase, engine, registry } = await lookedAt()
    const other = registry.connect(id)!
    listener.close()
    listener.close()
    await pass(200)
    expect([await phase(), engine.reports.length]).toEqual(['waiting', 1])
    other.close()
    await pass(200)
    other.close()
    expect([await phase(), engine.reports.length]).toEqual(['finished', 0])
  })

  test('is kept no longer than that', async () => {
    const { machine, pass, phase, engine, options } = await lookedAt()
    machine.advance(options.keepaliveMs - 1)
    await settled()
    expect([await phase(), engine.reports.length]).toEqual(['waiting', 1])
    await pass(200)
    expect([await phase(), engine.reports.length]).toEqual(['finished', 0])
  })

  test.each(['cancel', 'delete'] as const)('is released by a %s', async (verb) => {
    const { id, pass, store, phase, engine, registry, life } = await lookedAt()
    const asked = verb === 'cancel' ? store.cancelJob(id, NOW_MS) : store.deleteJob(id, NOW_MS)
    expect(await asked).toBe(verb === 'cancel' ? 'released' : 'deleting')
    for (const { fence } of await store.cancelRequests(life.id)) registry.cancel(fence)
    await pass(200)
    expect([await phase(), engine.reports.length]).toEqual(['finished', 0])
    expect((await store.removableJobs(0, 9)).length).toBe(verb === 'delete' ? 1 : 0)
  })

  test('is not kept where its job was to be deleted before it ended', async () => {
    const { start, engine, store, registry, life, pass, runs, row } = await engineHouse()
    const { id } = await start()
    registry.connect(id)
    expect(await store.deleteJob(id, NOW_MS)).toBe('deleting')
    engine.exit(engine.only.id, 0)
    await pass(200)
    expect([row(id).status, (await runs(id))[0]!.phase]).toEqual(['cancelled', 'waiting'])
    for (const { fence } of await store.cancelRequests(life.id)) registry.cancel(fence)
    await pass(200)
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['finished', 0])
  })

  test('is released when the server stops', async () => {
    const { pass, phase, registry } = await lookedAt()
    registry.releaseAll()
    await pass(200)
    expect([await phase(), registry.isRunning]).toEqual(['finished', false])
  })

  test('does not keep the next attempt of its job, which others look at from then on', async () => {
    const { start, launch, engine, pass, registry, runs } = await engineHouse()
    const { id } = await start({ maxAttempts: 2 })
    const first = registry.connect(id)!
    engine.exit(engine.only.id, 1)
    await pass(200)
    await launch()
    const second = registry.connect(id)!
    first.close()
    await pass(200)
    expect(await runs(id)).toMatchObject([{ phase: 'finished' }, { phase: 'running' }])
    engine.exit(engine.only.id, 0)
    await pass(200)
    expect(await runs(id)).toMatchObject([{}, { phase: 'waiting' }])
    second.close()
    await pass(200)
    expect(await runs(id)).toMatchObject([{}, { phase: 'finished' }])
  })
})

describe('a container that would not go', () => {
  test.each<readonly [call: EngineCall, failure: ContainerFailure]>([
    ['remove', 'busy'],
    ['remove', 'failed'],
    ['remove', 'unreachable'],
    ['list', 'unreachable'],
  ])('(%s: %s) is removed in the end, and only then is its run finished', async (call, failure) => {
    const { start, engine, row, runs, pass, registry } = await engineHouse()
    const { id } = await start()
    engine.fail(call, failure)
    engine.exit(engine.only.id, 0)
    await pass(20_000)
    expect(row(id).status).toBe('done')
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['waiting', 1])
    engine.isBack()
    await pass(2_000)
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['finished', 0])
    expect(registry.isRunning).toBe(false)
  })
})

describe('a run that its server lets go of', () => {
  test('goes on, and nothing is written', async () => {
    const house = await engineHouse()
    const { start, engine, pass, registry } = house
    const { id } = await start()
    const before = await recordOf(house, id)
    expect(await registry.detachAll()).toBe(1)
    expect(registry.isRunning).toBe(false)
    engine.exit(engine.only.id, 0)
    await pass(1_000)
    expect(await recordOf(house, id)).toEqual(before)
    expect([engine.only.state, engine.signals]).toEqual(['exited', []])
  })

  test('in the midst of a cancel goes on as well', async () => {
    const { start, engine, pass, registry, store, options } = await engineHouse()
    const { id, fence } = await start()
    await store.cancelJob(id, NOW_MS)
    registry.cancel(fence)
    await settled()
    await registry.detachAll()
    await pass(2 * options.killGraceMs)
    expect([engine.only.state, engine.signals]).toEqual(['running', ['SIGTERM']])
  })

  test('before it was stamped is ended: nobody could find it again', async () => {
    const house = await engineHouse()
    const { start, engine, pass, registry } = house
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.hold('start', promise)
    const { id } = await start()
    const before = await recordOf(house, id)
    const detached = registry.detachAll()
    await pass(200)
    expect(await detached).toBe(1)
    expect([engine.reports, await recordOf(house, id)]).toEqual([[], before])
    resolve()
    await pass(200)
    expect([engine.reports, await recordOf(house, id)]).toEqual([[], before])
  })

  test.each(['while somebody looks at it', 'while it would not go'])('%s keeps waiting', async (when) => {
    const house = await engineHouse()
    const { start, engine, pass, registry } = house
    const { id } = await start()
    if (when === 'while it would not go') engine.fail('remove', 'busy')
    else registry.connect(id)
    engine.exit(engine.only.id, 0)
    await pass(300)
    const before = await recordOf(house, id)
    expect(before.runs).toMatchObject([{ phase: 'waiting' }])
    const detached = registry.detachAll()
    await pass(5_000)
    expect(await detached).toBe(1)
    expect(await recordOf(house, id)).toEqual(before)
    expect(engine.only.state).toBe('exited')
  })

  test('is adopted by another life, and what the old one hears late touches nothing', async () => {
    const { start, engine, disk, row, runs, pass, store, life, heir, adopted, newRegistry, registry } =
      await engineHouse()
    const claim = await start()
    // given a server that does not know that it was given up
    await store.endLife(life.id, NOW_MS)
    const next = await heir()
    const { claim: held, container } = await adopted(claim.fence, next.id)
    const heirs = newRegistry()
    heirs.resume(held, container)
    const listener = heirs.connect(claim.id)!
    // when the container ends, and both hear of it
    disk.write(`${statePlace(claim)}/result.json`, '{"exit_code": 0}')
    engine.exit(container, 1)
    await pass(500)
    // then the job has ended once, and the old one neither waits nor removes what somebody looks at
    expect(row(claim.id)).toMatchObject({ status: 'done', life_id: next.id, run_id: claim.fence })
    expect(await runs(claim.id)).toMatchObject([{ phase: 'waiting', exit_code: 0 }])
    expect([registry.isRunning, heirs.isRunning, engine.reports.length]).toEqual([false, true, 1])
    listener.close()
    await pass(200)
    expect([heirs.isRunning, engine.reports.length]).toEqual([false, 0])
    expect(await runs(claim.id)).toMatchObject([{ phase: 'finished', outcome: 'done' }])
  })

  test('and was told to end before is ended by whoever adopts it', async () => {
    const { start, engine, row, pass, store, life, heir, adopted, newRegistry, registry, options } = await engineHouse()
    const { id, fence } = await start()
    await store.cancelJob(id, NOW_MS)
    await registry.detachAll()
    await store.endLife(life.id, NOW_MS)
    const next = await heir()
    const { claim, container } = await adopted(fence, next.id)
    const heirs = newRegistry()
    heirs.resume(claim, container)
    for (const request of await store.cancelRequests(next.id)) heirs.cancel(request.fence)
    await pass(options.killGraceMs)
    expect(engine.signals).toEqual(['SIGTERM', 'SIGKILL'])
    engine.exit(container, 137)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'cancelled', life_id: next.id })
  })
})
