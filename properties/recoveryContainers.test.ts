// What becomes of containers whose server is gone: those that can still be asked are adopted, those that are lost are
// tried again, and nothing is decided as long as nobody can say.

import { describe, expect, test } from 'vitest'
import type { Claim } from '../src/system/index.ts'
import { Recovery, statePlace } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

const given = { status: 'queued', run_id: null, started_at: null, attempts: 0, lost_runs: 1 }

/** A server that follows one that is gone. */
async function succession() {
  const house = await engineHouse()
  const { store, ports, options, launchers, pass, newRegistry, registry, life } = house
  const next = await house.heir()
  const heirs = newRegistry()
  const reaped: number[] = []
  const notices: string[] = []
  const newRecovery = (own = next, actors = heirs) =>
    new Recovery(store, ports, options, launchers, {
      life: () => own.id,
      isKept: (fence) => actors.keeps(fence),
      reaped: (fence) => reaped.push(fence),
      adopted: (claim, container) => actors.resume(claim, container),
      notice: (text) => notices.push(text),
    })
  const recovery = newRecovery()
  return {
    ...house,
    ...{ next, heirs, reaped, notices, newRecovery },
    /** The first server is killed: its actors are heard of no more. */
    die: async () => {
      await registry.detachAll()
      await store.endLife(life.id, NOW_MS)
    },
    round: async (ms = 6_000): Promise<void> => {
      const rounds = recovery.round(await store.survey(next.id))
      await pass(ms)
      await rounds
    },
    /** Launches it, and dies before the stamp. */
    unstamped: async (): Promise<Claim> => {
      await house.submit()
      const claim = await house.claim()
      await launchers.containers.launch(claim, new AbortController().signal)
      return claim
    },
  }
}

describe('recovery', () => {
  test('adopts what runs, which is the same run for ever after', async () => {
    const { start, die, round, heirs, next, notices, engine, row, runs, pass } = await succession()
    const { id, fence } = await start()
    const { id: container } = engine.only
    await die()
    await round()
    expect(row(id)).toMatchObject({ status: 'running', run_id: fence, life_id: next.id, attempts: 1, lost_runs: 0 })
    expect([engine.only.id, engine.only.state, heirs.keeps(fence)]).toEqual([container, 'running', true])
    await round()
    expect(notices).toEqual(['took over 1 container of a server that is gone'])
    engine.exit(container, 0)
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'done', run_id: fence })
    expect(await runs(id)).toMatchObject([{ phase: 'finished', outcome: 'done' }])
    expect(engine.reports).toEqual([])
  })

  test('adopts what has exited meanwhile, with its true outcome', async () => {
    const { start, die, round, engine, disk, row, runs } = await succession()
    const claim = await start({ maxAttempts: 1 })
    await die()
    disk.write(`${statePlace(claim)}/result.json`, '{"exit_code":3}')
    engine.exit(engine.only.id, 137)
    await round()
    expect(row(claim.id)).toMatchObject({ status: 'failed', error: 'exit_code=3' })
    expect(await runs(claim.id)).toMatchObject([{ phase: 'finished', exit_code: 3 }])
    expect(engine.reports).toEqual([])
  })

  test('gives back what is not to be found', async () => {
    const { start, die, round, engine, row, runs, reaped, notices } = await succession()
    const { id, fence } = await start()
    await die()
    engine.vanish(engine.only.id)
    await round()
    expect(row(id)).toMatchObject(given)
    expect(await runs(id)).toMatchObject([{ outcome: 'lost' }])
    expect(reaped).toEqual([fence])
    expect(notices).toEqual(['1 job of a server that is gone went back to the queue'])
  })

  test('leaves everything as it is while the engine cannot be asked', async () => {
    const { start, die, round, engine, row, heirs, next } = await succession()
    const { id, fence } = await start()
    await die()
    engine.isUnreachable()
    const before = row(id)
    for (let n = 0; n < 3; n++) await round()
    expect([row(id), heirs.isRunning]).toEqual([before, false])
    engine.isBack()
    await round()
    expect(row(id)).toMatchObject({ status: 'running', life_id: next.id, run_id: fence })
  })

  test('leaves alone what has exited while nobody can read how', async () => {
    const { start, die, round, engine, disk, row, heirs } = await succession()
    const claim = await start()
    const result = `${statePlace(claim)}/result.json`
    disk.write(result, '{"exit_code":0}')
    engine.exit(engine.only.id, 1)
    disk.block(result, 'EMFILE')
    await die()
    const before = row(claim.id)
    await round()
    expect([row(claim.id), heirs.isRunning, engine.only.state]).toEqual([before, false, 'exited'])
    disk.unblock(result)
    await round()
    expect(row(claim.id)).toMatchObject({ status: 'done', attempts: 1 })
  })

  test('kills what was never stamped, and only then gives the job back', async () => {
    const { unstamped, die, round, engine, row } = await succession()
    const { id } = await unstamped()
    await die()
    engine.fail('remove', 'busy')
    await round()
    expect([row(id).status, engine.only.state]).toEqual(['running', 'running'])
    engine.heal('remove')
    await round()
    expect(row(id)).toMatchObject(given)
    expect(engine.reports).toEqual([])
  })

  test('finishes what has an exit on record, and does not repeat it', async () => {
    const { start, die, round, store, engine, row, runs } = await succession()
    const claim = await start()
    await store.recordExit(claim, { code: 0, signal: null }, NOW_MS)
    await die()
    await round()
    await round()
    expect(row(claim.id)).toMatchObject({ status: 'done', attempts: 1 })
    expect(await runs(claim.id)).toMatchObject([{ phase: 'finished', exit_code: 0 }])
    expect(engine.reports).toEqual([])
  })

  test('lets an actor of this very server go first', async () => {
    const { start, store, life, heirs, newRecovery, next, pass, registry, row } = await succession()
    const { id, fence } = await start()
    // given a server that has lost its life and has a new one, and an actor of the old one
    await store.endLife(life.id, NOW_MS)
    const recovery = newRecovery(next, registry)
    await recovery.round(await store.survey(next.id))
    expect(row(id)).toMatchObject({ status: 'running', life_id: life.id })
    await registry.detachAll()
    registry.begin()
    await recovery.round(await store.survey(next.id))
    await pass(200)
    expect(row(id)).toMatchObject({ status: 'running', life_id: next.id })
    expect([registry.keeps(fence), heirs.keeps(fence)]).toEqual([true, false])
  })

  test('of two servers lets one adopt it', async () => {
    const { start, die, store, heir, heirs, newRegistry, newRecovery, next, row } = await succession()
    const { id, fence } = await start()
    await die()
    const other = await heir('other')
    const others = newRegistry()
    const surveys = [await store.survey(next.id), await store.survey(other.id)]
    await newRecovery().round(surveys[0]!)
    await newRecovery(other, others).round(surveys[1]!)
    expect(row(id)).toMatchObject({ life_id: next.id, status: 'running' })
    expect([heirs.keeps(fence), others.keeps(fence)]).toEqual([true, false])
  })

  test('gives back processes and tasks though the engine is down', async () => {
    const { unstamped, claim, die, round, store, engine, row } = await succession()
    const contained = await unstamped()
    await store.submitJob({ argv: ['work'] }, NOW_MS)
    const process = await claim()
    engine.isUnreachable()
    await die()
    await round()
    expect([row(process.id), row(contained.id)]).toMatchObject([given, { status: 'running' }])
    engine.isBack()
    await round()
    expect(row(contained.id)).toMatchObject(given)
  })

  test('closes what waited under a life that has ended', async () => {
    const { start, die, round, registry, engine, row, runs, pass } = await succession()
    const { id } = await start()
    registry.connect(id)
    engine.exit(engine.only.id, 0)
    await pass(200)
    await die()
    const before = row(id)
    engine.fail('remove', 'busy')
    await round()
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['waiting', 1])
    engine.heal('remove')
    await round()
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['finished', 0])
    expect(row(id)).toEqual(before)
  })

  test('closes what waited after one look, each for itself, and does not wait for what will not go', async () => {
    const { start, die, registry, engine, runs, pass, newRecovery, store, next } = await succession()
    const jobs = [await start(), await start(), await start()]
    for (const { id } of jobs) registry.connect(id)
    const boxes = engine.reports.map(({ id }) => id)
    for (const box of boxes) engine.exit(box, 0)
    await pass(200)
    await die()
    engine.cling(boxes[1]!)
    // On a clock that stands still.
    await newRecovery().round(await store.survey(next.id))
    const phases = await Promise.all(jobs.map(async ({ id }) => (await runs(id))[0]!.phase))
    expect(phases).toEqual(['finished', 'waiting', 'finished'])
    expect(engine.only.id).toBe(boxes[1])
  })

  test('leaves what waited as it is while the engine cannot be asked', async () => {
    const { start, die, registry, engine, runs, pass, newRecovery, store, next } = await succession()
    const { id } = await start()
    registry.connect(id)
    engine.exit(engine.only.id, 0)
    await pass(200)
    await die()
    engine.isUnreachable()
    await newRecovery().round(await store.survey(next.id))
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['waiting', 1])
  })

  test('closes what waits under its own life only where nobody keeps it', async () => {
    const { start, engine, runs, pass, registry, life, store, newRecovery, newRegistry } = await succession()
    const { id } = await start()
    registry.connect(id)
    engine.exit(engine.only.id, 0)
    await pass(200)
    await newRecovery(life, registry).round(await store.survey(life.id))
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['waiting', 1])
    const rounds = newRecovery(life, newRegistry()).round(await store.survey(life.id))
    await pass(200)
    await rounds
    expect([(await runs(id))[0]!.phase, engine.reports.length]).toEqual(['finished', 0])
  })
})
