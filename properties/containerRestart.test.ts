// Servers that come and go while containers run: a stop leaves them running, the next start goes on with them, and what a
// job leaves for its relaunch is there.

import { describe, expect, test } from 'vitest'
import { mountPlace, Orchestrator, Recovery, Shutdown, type Stopped, Sweeper, statePlace } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'
import { settled } from './support/handDrivenMachine.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

/** A server that shares its database with nobody who does anything. */
async function served() {
  const house = await engineHouse()
  const { ports, options, pass, machine } = house
  const started = async (): Promise<Orchestrator> => {
    const starting = Orchestrator.start(ports, { shared: true, options })
    await pass(500)
    return starting
  }
  const server = await started()
  return {
    ...house,
    ...{ server, started },
    /** Does what is asked of a server, and lets it come about. */
    submitted: async () => {
      const id = await server.submit({ image: 'agent' })
      await settled()
      return id
    },
    stop: async (which = server): Promise<Stopped> => {
      const stopping = which.stop()
      await pass(1_000)
      machine.advance(options.drainMs)
      await pass(6_000)
      return stopping
    },
  }
}

describe('a stop', () => {
  test('leaves a container running, and the next server goes on with it', async () => {
    const { submitted, stop, started, engine, row, runs, pass } = await served()
    const id = await submitted()
    const { id: container } = engine.only
    expect(await stop()).toEqual({ left: 1, abandoned: 0 })
    expect([engine.only.state, engine.signals, row(id).status]).toEqual(['running', [], 'running'])
    const next = await started()
    expect([engine.only.id, row(id).attempts]).toEqual([container, 1])
    engine.exit(container, 0)
    await pass(300)
    expect(row(id)).toMatchObject({ status: 'done', attempts: 1, lost_runs: 0 })
    expect(await runs(id)).toMatchObject([{ phase: 'finished' }])
    expect(await stop(next)).toEqual({ left: 0, abandoned: 0 })
  })

  test('ends what is not a container, and counts each for what it is', async () => {
    const { submitted, stop, server, store, row, engine, machine } = await served()
    await submitted()
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.hold('start', promise)
    const starting = await submitted()
    const stopped = await stop()
    expect(stopped).toEqual({ left: 1, abandoned: 1 })
    expect(row(starting)).toMatchObject({ status: 'queued', attempts: 0, lost_runs: 0 })
    expect(await store.counts()).toMatchObject({ running: 1, queued: 1 })
    resolve()
    machine.advance(200)
    expect(server.connect(starting)).toBeUndefined()
  })

  test('lets go of what its last round has adopted, and does not wait for it', async () => {
    const house = await engineHouse()
    const { start, store, life, heir, newRegistry, registry: former, ports, options, launchers } = house
    // given a server that is gone, and another that finds it only when it is to stop
    const { id, fence } = await start()
    await former.detachAll()
    await store.endLife(life.id, NOW_MS)
    const [next, registry] = [await heir(), newRegistry()]
    const recovery = new Recovery(store, ports, options, launchers, {
      life: () => next.id,
      isKept: (run) => registry.keeps(run),
      reaped: (run) => registry.abandon(run),
      adopted: (claim, container) => registry.resume(claim, container),
      notice: () => undefined,
    })
    const rounds: string[] = []
    const failures: unknown[] = []
    const parts = { registry, recovery, sweeper: new Sweeper(store, ports) }
    const shutdown = new Shutdown(store, ports, options, parts, (error) => failures.push(error))
    const stopping = shutdown.carryOut(() => next.id, {
      stop: () => rounds.push('stop'),
      stopped: async () => {
        await recovery.round(await store.survey(next.id))
        rounds.push(registry.keeps(fence) ? 'adopted' : 'nothing')
      },
    })
    // On a clock that stands still.
    for (let n = 0; n < 3; n++) await settled()
    expect([rounds, registry.isRunning, failures]).toEqual([['stop', 'adopted'], false, []])
    expect(await stopping).toEqual({ left: 1, abandoned: 0 })
    const { engine, row, runs } = house
    expect([engine.only.state, engine.signals]).toEqual(['running', []])
    expect(row(id)).toMatchObject({ status: 'running', life_id: next.id, attempts: 1 })
    expect(await runs(id)).toMatchObject([{ phase: 'running' }])
    expect((await store.survey((await heir('another')).id)).orphans).toMatchObject([{ fence }])
  })

  test('does not wait for those who only look', async () => {
    const { submitted, stop, server, engine, row, runs } = await served()
    const id = await submitted()
    expect(server.connect(id)).toBeDefined()
    engine.exit(engine.only.id, 0)
    await settled()
    expect(await runs(id)).toMatchObject([{ phase: 'waiting' }])
    expect(await stop()).toEqual({ left: 0, abandoned: 0 })
    expect([engine.reports, row(id).status]).toEqual([[], 'done'])
    expect(await runs(id)).toMatchObject([{ phase: 'finished' }])
  })

  test('leaves what will not go to the next server, and calls it neither running nor abandoned', async () => {
    const { submitted, stop, started, engine, runs } = await served()
    const id = await submitted()
    engine.fail('remove', 'busy')
    engine.exit(engine.only.id, 0)
    await settled()
    expect(await stop()).toEqual({ left: 0, abandoned: 0 })
    expect(await runs(id)).toMatchObject([{ phase: 'waiting' }])
    engine.heal('remove')
    await started()
    expect(engine.reports).toEqual([])
    expect(await runs(id)).toMatchObject([{ phase: 'finished' }])
  })
})

test('a job is launched again where its last run has stopped, and a deletion leaves the other one its files', async () => {
  const { submitted, server, started, engine, disk, store, stop, pass } = await served()
  const first = await submitted()
  const { mount } = (await store.job(first))!
  const claim = { fence: 1, token: engine.specs[0]!.labels['strandline.fence']! }
  disk.write(`${statePlace(claim as never)}/session-id`, 'session-1')
  disk.write(`${mountPlace(mount!)}/notes`, 'what was done')
  engine.exit(engine.only.id, 1)
  await pass(200)
  engine.exit(engine.only.id, 1)
  await pass(200)
  const second = await server.relaunch(first)
  if (typeof second === 'string') throw new Error(second)
  await settled()
  expect(engine.specs[0]).toMatchObject({
    environment: { STRANDLINE_SESSION: 'session-1', STRANDLINE_JOB: String(second) },
    binds: [{}, { source: `/runs/mount-${mount}` }],
  })
  expect(await server.delete(first)).toBe('deleted')
  await stop()
  const next = await started()
  expect([await store.job(first), disk.paths.includes(`mount-${mount}/notes`)]).toEqual([undefined, true])
  expect(await next.delete(second)).toBe('deleting')
  await pass(200)
  engine.exit(engine.only.id, 143)
  await pass(300)
  await stop(next)
  await started()
  expect([await store.job(second), disk.paths]).toEqual([undefined, []])
})
