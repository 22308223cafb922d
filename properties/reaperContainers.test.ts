// Runs in containers whose end nobody heard of: the reaper asks the engine, and believes it only when it answers.

import { describe, expect, test } from 'vitest'
import type { ContainerFailure } from '../src/ports/index.ts'
import { Reaper, statePlace } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'

/** A run in a container whose actor never hears of its end, under a reaper. */
async function unheard() {
  const house = await engineHouse()
  const { store, ports, options, launchers, registry, engine, life, pass } = house
  engine.hold('wait', new Promise(() => undefined))
  const reaper = new Reaper(store, ports, options, launchers, {
    isEnding: (fence) => registry.isEnding(fence),
    abandon: (fence) => registry.abandon(fence),
  })
  return {
    ...house,
    round: async () => {
      await reaper.round((await store.survey(life.id)).running)
      await pass(500)
    },
  }
}

describe('the reaper', () => {
  test('leaves a run alone whose container runs', async () => {
    const { start, round, row, engine, options } = await unheard()
    const { id } = await start()
    for (let n = 0; n < 3 * options.deadTicks; n++) await round()
    expect([row(id).status, engine.only.state]).toEqual(['running', 'running'])
  })

  test('ends a job whose container is gone, when it has been missed often enough', async () => {
    const { start, round, row, runs, engine, options, registry } = await unheard()
    const { id } = await start({ maxAttempts: 1 })
    engine.vanish(engine.only.id)
    for (let n = 1; n < options.deadTicks; n++) await round()
    expect(row(id).status).toBe('running')
    await round()
    const error = 'its container is gone and nobody heard of its exit'
    expect(row(id)).toMatchObject({ status: 'failed', error })
    expect(await runs(id)).toMatchObject([{ phase: 'finished', outcome: 'failed', exit_code: null }])
    expect(registry.isRunning).toBe(false)
  })

  test.each<readonly [code: number, result: string | undefined, status: string, recorded: number]>([
    [0, undefined, 'done', 0],
    [137, undefined, 'failed', 137],
    [137, '{"exit_code":0}', 'done', 0],
    [0, '{"exit_code":3}', 'failed', 3],
    [0, '{"exit_code":75}', 'queued', 75],
  ])('ends one that exited with %s, and said %s, as %s', async (code, result, status, recorded) => {
    const { start, round, row, runs, engine, disk, options, registry } = await unheard()
    const claim = await start({ maxAttempts: 1 })
    if (result !== undefined) disk.write(`${statePlace(claim)}/result.json`, result)
    engine.exit(engine.only.id, code)
    for (let n = 0; n < options.deadTicks; n++) await round()
    expect(row(claim.id).status).toBe(status)
    expect(await runs(claim.id)).toMatchObject([{ exit_code: recorded, phase: 'finished' }])
    expect([registry.isRunning, engine.reports]).toEqual([false, []])
  })

  test('keeps the session that the agent has named', async () => {
    const { start, round, runs, engine, disk, options } = await unheard()
    const claim = await start()
    disk.write(`${statePlace(claim)}/session-id`, 'session-1')
    engine.exit(engine.only.id, 0)
    for (let n = 0; n < options.deadTicks; n++) await round()
    expect(await runs(claim.id)).toMatchObject([{ session_id: 'session-1', outcome: 'done' }])
  })

  test.each<ContainerFailure>(['unreachable', 'failed', 'busy'])(
    'believes nothing of an engine that does not answer (%s)',
    async (failure) => {
      const { start, round, row, engine, options } = await unheard()
      const { id } = await start()
      engine.exit(engine.only.id, 0)
      engine.fail('list', failure)
      for (let n = 0; n < 3 * options.deadTicks; n++) await round()
      expect(row(id).status).toBe('running')
      engine.heal('list')
      for (let n = 0; n < options.deadTicks; n++) await round()
      expect(row(id).status).toBe('done')
    },
  )

  test('counts anew after a round in which it could not ask', async () => {
    const { start, round, row, engine, options } = await unheard()
    const { id } = await start()
    engine.vanish(engine.only.id)
    for (let n = 1; n < options.deadTicks; n++) await round()
    engine.fail('list', 'unreachable')
    await round()
    engine.heal('list')
    for (let n = 1; n < options.deadTicks; n++) await round()
    expect(row(id).status).toBe('running')
  })

  test('does not ask after what has no stamp yet', async () => {
    const { start, round, row, engine, options } = await unheard()
    engine.hold('start', new Promise(() => undefined))
    const { id } = await start()
    for (let n = 0; n < 3 * options.deadTicks; n++) await round()
    expect(row(id)).toMatchObject({ status: 'running', run_id: null })
    expect(engine.only.state).toBe('created')
  })

  test('ends what runs for too long, and its container first', async () => {
    const { start, round, row, engine, machine, options, pass } = await unheard()
    const { id } = await start({ maxAttempts: 1 })
    await round()
    machine.advance(options.ageMaxMs)
    engine.fail('remove', 'busy')
    const rounds = round()
    await pass(6_000)
    await rounds
    expect([row(id).status, engine.only.state]).toEqual(['running', 'running'])
    engine.heal('remove')
    const again = round()
    await pass(500)
    await again
    expect(row(id)).toMatchObject({ status: 'failed', error: `it ran for more than ${options.ageMaxMs} ms` })
    expect(engine.reports).toEqual([])
  })
})
