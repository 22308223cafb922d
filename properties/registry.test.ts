// The actors of a server's runs, by run: who is asked, who is told, and who may leave.

import { describe, expect, test } from 'vitest'
import { engineHouse } from './support/engineHouse.ts'
import { settled } from './support/handDrivenMachine.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

describe('the registry', () => {
  test('keeps a run as long as something of it is left, and forgets it then', async () => {
    const { start, registry, engine, pass } = await engineHouse()
    const { id, fence } = await start()
    const listener = registry.connect(id)!
    expect([registry.keeps(fence), registry.isRunning]).toEqual([true, true])
    engine.exit(engine.only.id, 0)
    await pass(200)
    expect(registry.keeps(fence)).toBe(true)
    listener.close()
    await pass(200)
    expect([registry.keeps(fence), registry.isRunning]).toEqual([false, false])
  })

  test('has nobody to look at where there is no run, and none in a container', async () => {
    const { start, store, claim, registry } = await engineHouse()
    const { id } = await start()
    const process = await store.submitJob({ argv: ['work'] }, NOW_MS)
    expect(registry.connect(id)).toBeDefined()
    expect([registry.connect(process), registry.isEnding((await claim()).fence)]).toEqual([undefined, false])
  })

  test('has one entry for a run, its present actor: an old one that leaves late does not take it away', async () => {
    const { start, engine, store, life, heir, adopted, registry, row, pass } = await engineHouse()
    const { id, fence } = await start()
    // given an actor that hangs in the removal of what an earlier life has left
    const { promise, resolve } = Promise.withResolvers<void>()
    await store.endLife(life.id, NOW_MS)
    const next = await heir()
    const { claim, container } = await adopted(fence, next.id)
    registry.resume(claim, container)
    // when the old one hears of the end first, and is refused
    engine.hold('remove', promise)
    engine.exit(container, 0)
    await pass(200)
    // then the run is still that of the new one, which removes the container
    expect([registry.keeps(fence), row(id).status]).toEqual([true, 'done'])
    resolve()
    await pass(200)
    expect([registry.keeps(fence), engine.reports]).toEqual([false, []])
  })

  test('tells the present actor of a cancel, not one that was replaced', async () => {
    const { start, engine, store, life, heir, adopted, registry, row, pass } = await engineHouse()
    const { id, fence } = await start()
    await store.endLife(life.id, NOW_MS)
    const next = await heir()
    const { claim, container } = await adopted(fence, next.id)
    registry.resume(claim, container)
    await store.cancelJob(id, NOW_MS)
    registry.cancel(fence)
    await settled()
    expect(engine.signals).toEqual(['SIGTERM'])
    engine.exit(container, 143)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'cancelled', life_id: next.id })
  })

  test('knows that an end is only to be written', async () => {
    const { start, engine, store, registry, pass } = await engineHouse()
    const { fence } = await start()
    const recordExit = store.recordExit.bind(store)
    store.recordExit = () => Promise.reject(Object.assign(new Error('full'), { code: 'SQLITE_FULL' }))
    expect(registry.isEnding(fence)).toBe(false)
    engine.exit(engine.only.id, 0)
    await pass(10_000)
    expect([registry.isEnding(fence), engine.reports.length]).toEqual([true, 1])
    store.recordExit = recordExit
    await pass(6_000)
    expect([registry.isRunning, engine.reports.length]).toEqual([false, 0])
  })

  test('lets go of what comes while it lets go, and of what comes after, until there is a life again', async () => {
    const { start, store, engine, life, heir, adopted, newRegistry, submit, claim, pass, row } = await engineHouse()
    const running = await start()
    await store.endLife(life.id, NOW_MS)
    const next = await heir()
    const { claim: held, container } = await adopted(running.fence, next.id)
    // given a registry that is held up by a start that nobody hears of
    const registry = newRegistry()
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.hold('create', promise)
    await submit()
    registry.launch(await claim(next))
    await settled()
    engine.hold('list', promise)
    const detached = registry.detachAll()
    await settled()
    expect(registry.isRunning).toBe(true)
    // when an adoption comes, then it is gone again at once, and its container goes on
    registry.resume(held, container)
    await settled()
    expect(registry.keeps(held.fence)).toBe(false)
    // when a claim comes, then the other end does not wait for it, and it leaves nothing
    const late = await submit()
    registry.launch(await claim(next))
    engine.isBack()
    resolve()
    await pass(300)
    expect([await detached, registry.isRunning]).toEqual([1, false])
    expect([engine.only.id, engine.only.state, engine.signals]).toEqual([container, 'running', []])
    expect(row(late)).toMatchObject({ status: 'running', run_id: null })
    registry.resume(held, container)
    await settled()
    expect(registry.isRunning).toBe(false)
    // when there is a life again
    registry.begin()
    registry.resume(held, container)
    engine.exit(container, 0)
    await pass(200)
    expect([row(held.id).status, registry.isRunning]).toEqual(['done', false])
  })

  test('lets go of all at once, and says how many it was; nobody need find out how they ended', async () => {
    const { start, engine, registry, runs } = await engineHouse()
    const jobs = [await start(), await start(), await start()]
    registry.connect(jobs[2]!.id)
    engine.exit(engine.reports[2]!.id, 0)
    await settled()
    expect(registry.isEnding(jobs[0]!.fence)).toBe(false)
    expect(await registry.detachAll()).toBe(3)
    expect(jobs.map(({ fence }) => registry.isEnding(fence))).toEqual([true, true, true])
    expect([registry.isRunning, engine.signals]).toEqual([false, []])
    const phases = await Promise.all(jobs.map(async ({ id }) => (await runs(id))[0]!.phase))
    expect(phases).toEqual(['running', 'running', 'waiting'])
    registry.begin()
    expect(registry.isEnding(jobs[0]!.fence)).toBe(false)
  })
})
