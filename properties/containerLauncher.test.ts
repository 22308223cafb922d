// What a launcher says of containers, and how it ends them: by their labels, never by a name, and again and again while
// the engine does not answer.

import { describe, expect, test } from 'vitest'
import type { ContainerFailure, ContainerState } from '../src/ports/index.ts'
import { type Claim, labels, type Outcome, type Running, statePlace } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'
import { settled } from './support/handDrivenMachine.ts'

/** A run in a container, as a supervisor finds it. */
async function watched() {
  const house = await engineHouse()
  const claim = await house.start()
  const [running] = (await house.store.survey(house.life.id)).running
  const { launchers } = house
  return {
    ...house,
    claim,
    container: house.engine.only.id,
    health: () => launchers.containers.health(running as Running),
  }
}

describe('the health of a run', () => {
  test('that runs', async () => {
    const { health } = await watched()
    expect(await health()).toEqual({ state: 'running' })
  })

  test.each<readonly [code: number, result: string | undefined, state: string, outcome: Outcome]>([
    [0, undefined, 'succeeded', { code: 0, signal: null, sessionId: undefined }],
    [137, undefined, 'failed', { code: 137, signal: null, sessionId: undefined }],
    [137, '{"exit_code":0}', 'succeeded', { code: 0, signal: null, sessionId: undefined }],
    [0, '{"exit_code":7}', 'failed', { code: 7, signal: null, sessionId: undefined }],
  ])('that exited with %s and said %s is what it said: %s', async (code, result, state, outcome) => {
    const { health, engine, container, disk, claim } = await watched()
    if (result !== undefined) disk.write(`${statePlace(claim)}/result.json`, result)
    engine.exit(container, code)
    expect(await health()).toEqual({ state, outcome })
  })

  test('whose container is gone is not found', async () => {
    const { health, engine, container } = await watched()
    engine.vanish(container)
    expect(await health()).toEqual({ state: 'notFound' })
  })

  test.each<readonly [found: ContainerState, state: string]>([
    ['created', 'notFound'],
    ['removing', 'unknown'],
    ['exited', 'running'],
  ])('whose container is %s, without an exit code, is %s', async (found, state) => {
    const { health, engine, container, claim } = await watched()
    engine.vanish(container)
    engine.place('again', { [labels.installation]: claim.token.split('/')[0]!, [labels.fence]: claim.token }, found)
    expect(await health()).toEqual({ state })
  })

  test.each<ContainerFailure>(['unreachable', 'failed', 'busy'])(
    'that the engine does not tell (%s) is unknown',
    async (failure) => {
      const { health, engine } = await watched()
      engine.fail('list', failure)
      expect(await health()).toEqual({ state: 'unknown' })
    },
  )

  test('whose result cannot be read for want of descriptors is unknown, and is known later', async () => {
    const { health, engine, container, disk, claim } = await watched()
    const result = `${statePlace(claim)}/result.json`
    disk.write(result, '{"exit_code":7}')
    engine.exit(container, 0)
    disk.block(result, 'EMFILE')
    expect(await health()).toEqual({ state: 'unknown' })
    disk.unblock(result)
    expect(await health()).toMatchObject({ state: 'failed', outcome: { code: 7 } })
  })
})

describe('the end of a run', () => {
  test('is heard of, however often the engine has to be asked', async () => {
    const { engine, container, claim, row, pass } = await watched()
    engine.isUnreachable()
    engine.exit(container, 0)
    await pass(60_000)
    expect(row(claim.id).status).toBe('running')
    engine.isBack()
    await pass(5_000)
    expect(row(claim.id).status).toBe('done')
  })

  test('is read when there are descriptors again, and is not what the engine says until then', async () => {
    const { engine, container, claim, row, pass, disk, runs } = await watched()
    const result = `${statePlace(claim)}/result.json`
    disk.write(result, '{"exit_code":0}')
    disk.block(result, 'EMFILE')
    engine.exit(container, 1)
    await pass(20_000)
    expect(row(claim.id).status).toBe('running')
    disk.unblock(result)
    await pass(5_000)
    expect([row(claim.id).status, (await runs(claim.id))[0]!.exit_code]).toEqual(['done', 0])
  })

  test('of a container that is gone is never heard of: the reaper finds it', async () => {
    const { engine, container, claim, row, pass } = await watched()
    engine.vanish(container)
    await pass(60_000)
    expect(row(claim.id).status).toBe('running')
  })
})

describe('ending what carries tokens', () => {
  /** Containers of several runs, and of others. */
  async function crowd() {
    const house = await engineHouse()
    const installation = await house.store.installation()
    const put = (token: string) =>
      house.engine.place(token, { [labels.installation]: token.split('/')[0]!, [labels.fence]: token })
    const names = () => house.engine.reports.map(({ name }) => name)
    for (const token of ['life/run1', 'life/run10', 'life/run2', 'life2/run1']) put(`${installation}/${token}`)
    put('elsewhere/life/run1')
    house.engine.place('unlabelled', {})
    const others = ['elsewhere/life/run1', 'unlabelled']
    const { endAll } = house.launchers.containers
    return { ...house, installation, names, others, endAll: endAll.bind(house.launchers.containers) }
  }

  test('ends those of a run, and no other', async () => {
    const { installation, names, others, endAll, pass } = await crowd()
    const ended = endAll([`${installation}/life/run1`])
    await pass(100)
    expect(await ended).toBe(true)
    expect(names()).toEqual([
      ...['life/run10', 'life/run2', 'life2/run1'].map((name) => `${installation}/${name}`),
      ...others,
    ])
  })

  test('ends all of a life, and of no other', async () => {
    const { installation, names, others, endAll, pass } = await crowd()
    const ended = endAll([`${installation}/life`])
    await pass(100)
    expect(await ended).toBe(true)
    expect(names()).toEqual([`${installation}/life2/run1`, ...others])
  })

  test('is done at once where there is nothing', async () => {
    const { endAll, engine } = await crowd()
    expect([await endAll(['nobody/life']), engine.reports.length]).toEqual([true, 6])
  })

  test.each<readonly [call: 'remove' | 'list', failure: ContainerFailure]>([
    ['remove', 'failed'],
    ['remove', 'busy'],
    ['remove', 'unreachable'],
    ['list', 'unreachable'],
  ])('is tried for a while where the engine will not (%s: %s), and then given up', async (call, failure) => {
    const { installation, endAll, engine, pass } = await crowd()
    engine.fail(call, failure)
    const said: boolean[] = []
    void endAll([`${installation}/life/run1`]).then((ended) => said.push(ended))
    await pass(4_900)
    expect([said, engine.reports.length]).toEqual([[], 6])
    await pass(200)
    expect([said, engine.reports.length]).toEqual([[false], 6])
  })

  test('goes on where the engine comes back meanwhile', async () => {
    const { installation, endAll, engine, pass } = await crowd()
    engine.isUnreachable()
    const ended = endAll([`${installation}/life/run1`])
    await pass(2_000)
    engine.isBack()
    await pass(200)
    expect([await ended, engine.reports.length]).toEqual([true, 5])
  })

  test('does not wait for one removal for ever', async () => {
    const { installation, endAll, engine, machine } = await crowd()
    engine.hold('remove', new Promise(() => undefined))
    const said: boolean[] = []
    void endAll([`${installation}/life/run1`]).then((ended) => said.push(ended))
    for (let n = 0; n < 200; n++) {
      machine.advance(30_000)
      await settled()
    }
    expect(said).toEqual([false])
  })
})

test('a launch that was given up begins nothing more', async () => {
  const { submit, claim, launchers, engine, disk } = await engineHouse()
  await submit()
  const claimed: Claim = await claim()
  const over = new AbortController()
  over.abort('given up')
  await expect(launchers.containers.launch(claimed, over.signal)).rejects.toBe('given up')
  expect(engine.reports).toEqual([])
  expect(disk.paths).toContain(statePlace(claimed))
})
