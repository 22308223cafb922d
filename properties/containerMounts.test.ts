// Runs of one job have a mount in common: whatever an earlier one has left at work there goes before the next starts.

import { describe, expect, test } from 'vitest'
import type { ContainerFailure, ContainerState } from '../src/ports/index.ts'
import { labels } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'
import { settled } from './support/handDrivenMachine.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

describe('a launch on a mount where something is at work', () => {
  /** The second run, about to start, and what others have left on its mount. */
  async function crowded() {
    const house = await engineHouse()
    const { engine, launchers, submit, claim, store } = house
    await submit()
    const first = await claim()
    await store.requeueJob(first, { kind: 'launch', error: 'launch error: late' }, NOW_MS)
    const second = await claim()
    const put = (run: number, state: ContainerState, mount = second.job.mount!) =>
      engine.place(`${run} ${state}`, { [labels.run]: String(run), [labels.mount]: mount }, state)
    const launch = (run = second) => launchers.containers.launch(run, new AbortController().signal)
    const left = () => engine.reports.map(({ name }) => name)
    /** Those of others, and how far its own has come. */
    const leftAndOwn = () => [...left().slice(0, -1), engine.reports.at(-1)!.state]
    return { ...house, first, second, put, launch, left, leftAndOwn }
  }

  test('removes first what earlier runs have there, unless it has ended', async () => {
    const { put, launch, left, engine } = await crowded()
    for (const state of ['created', 'running', 'exited', 'removing'] as const) put(1, state)
    put(1, 'running', `1-${'f'.repeat(32)}`)
    engine.place('unlabelled', {})
    const work = await launch()
    expect(left().slice(0, -1)).toEqual(['1 exited', '1 removing', '1 running', 'unlabelled'])
    expect(engine.reports.at(-1)).toMatchObject({ id: work.mark.container, state: 'running' })
  })

  test.each(['created', 'running'] as const)('starts nothing where a later run is at work (%s)', async (state) => {
    const { put, launch, leftAndOwn } = await crowded()
    put(3, state)
    const why = { name: 'LaunchError', failure: 'launch', message: 'run 3 of job 1 is at work already' }
    await expect(launch()).rejects.toMatchObject(why)
    expect(leftAndOwn()).toEqual([`3 ${state}`, 'created'])
  })

  test('does not mind a later run that has ended', async () => {
    const { put, launch, left } = await crowded()
    put(3, 'exited')
    await launch()
    expect(left()).toHaveLength(2)
  })

  test.each<readonly [call: 'list' | 'remove', failure: ContainerFailure, told: string]>([
    ['list', 'unreachable', 'unavailable'],
    ['list', 'failed', 'launch'],
    ['remove', 'unreachable', 'unavailable'],
    ['remove', 'busy', 'launch'],
  ])('starts nothing where the engine will not (%s: %s)', async (call, failure, told) => {
    const { put, launch, leftAndOwn, engine } = await crowded()
    put(1, 'running')
    engine.fail(call, failure)
    await expect(launch()).rejects.toMatchObject({ name: 'LaunchError', failure: told })
    expect(leftAndOwn()).toEqual(['1 running', 'created'])
  })

  test.each(['create', 'list', 'start'] as const)(
    'goes before one that was given up and is late, wherever it hangs (%s)',
    async (call) => {
      const { first, second, launch, engine } = await crowded()
      const { promise, resolve } = Promise.withResolvers<void>()
      engine.hold(call, promise)
      const late = launch(first)
      const failed = expect(late).rejects.toMatchObject({ name: 'LaunchError', failure: 'launch' })
      await settled()
      engine.heal(call)
      const { mark } = await launch(second)
      resolve()
      await failed
      expect(engine.reports.filter(({ state }) => state === 'running')).toMatchObject([{ id: mark.container }])
    },
  )
})
