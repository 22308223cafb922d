// Runs of one job have a mount in common: whatever an earlier one has left at work there goes before the next is made.

import { describe, expect, test } from 'vitest'
import type { ContainerFailure, ContainerState } from '../src/ports/index.ts'
import { labels } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

describe('a launch on a mount where something is at work', () => {
  /** The second run, about to start, and what others have left on its mount. */
  async function crowded() {
    const house = await engineHouse()
    const { engine, launchers, submit, claim, store } = house
    await submit()
    await store.requeueJob(await claim(), { kind: 'launch', error: 'launch error: late' }, NOW_MS)
    const second = await claim()
    const put = (run: number, state: ContainerState, mount = second.job.mount!) =>
      engine.place(`${run} ${state}`, { [labels.run]: String(run), [labels.mount]: mount }, state)
    const launch = () => launchers.containers.launch(second, new AbortController().signal)
    const left = () => engine.reports.map(({ name }) => name)
    return { ...house, second, put, launch, left }
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
    const { put, launch, left } = await crowded()
    put(3, state)
    const why = { name: 'LaunchError', failure: 'launch', message: 'run 3 of job 1 is at work already' }
    await expect(launch()).rejects.toMatchObject(why)
    expect(left()).toEqual([`3 ${state}`])
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
    const { put, launch, left, engine } = await crowded()
    put(1, 'running')
    engine.fail(call, failure)
    await expect(launch()).rejects.toMatchObject({ name: 'LaunchError', failure: told })
    expect(left()).toEqual(['1 running'])
  })
})
