// Containers that nobody answers for: the sweeper removes those that carry our labels and are over, and nothing else.

import { describe, expect, test } from 'vitest'
import { type Claim, labels, Sweeper } from '../src/system/index.ts'
import { engineHouse } from './support/engineHouse.ts'
import { NOW_MS } from './support/ownershipHouse.ts'

async function quay() {
  const house = await engineHouse()
  const { store, ports, engine } = house
  const sweeper = new Sweeper(store, ports)
  return {
    ...house,
    sweep: (usesContainers = true) => sweeper.sweep(usesContainers),
    /** A container of a run, without an actor. */
    claimed: async (): Promise<Claim> => {
      await house.submit()
      return house.claim()
    },
    put: (name: string, token: string) =>
      engine.place(name, { [labels.installation]: token.split('/')[0]!, [labels.fence]: token }),
    names: () => engine.reports.map(({ name }) => name),
  }
}

describe('the sweeper', () => {
  test('removes what is over and leaves what is not, and what is of others', async () => {
    const { claimed, put, names, sweep, store, life, house, heir, engine, registry, pass, start } = await quay()
    const installation = await store.installation()
    // A start that came through after its run was given up.
    const given = await claimed()
    await store.requeueJob(given, { kind: 'launch', error: 'late' }, NOW_MS)
    await store.cancelJob(given.id, NOW_MS)
    put('given up', given.token)
    // One of a job that is deleted, of whose run only the life is known.
    put('deleted', `${life.token}/deleted`)
    // What runs, has no stamp yet, or waits.
    const starting = await claimed()
    put('starting', starting.token)
    const waiting = await start()
    registry.connect(waiting.id)
    engine.exit(engine.reports.at(-1)!.id, 0)
    await pass(200)
    const kept = engine.reports.at(-1)!.name
    // What may be adopted, of a life that has ended, and what waits under it.
    const dead = await heir('dead')
    await store.submitJob({ image: 'agent' }, NOW_MS)
    const orphan = (await store.claimNextJob(dead, house.name, [], NOW_MS)) as Claim
    await store.stampRun(orphan, { container: put('orphan', orphan.token) })
    await store.submitJob({ image: 'agent' }, NOW_MS)
    const left = (await store.claimNextJob(dead, house.name, [], NOW_MS)) as Claim
    await store.stampRun(left, { container: put('left waiting', left.token) })
    await store.finishJob(left, { kind: 'success' }, NOW_MS)
    await store.endLife(dead.id, NOW_MS)
    // A copy of this database, another installation, and what is nobody's.
    put('copy', `${installation}/elsewhere/run1`)
    put('other', `other/${life.token.split('/')[1]}/run1`)
    engine.place('unlabelled', {})
    engine.place('half labelled', { [labels.installation]: installation })
    await sweep()
    expect(names()).toEqual(['starting', kept, 'orphan', 'copy', 'other', 'unlabelled', 'half labelled'])
  })

  test('goes on with others where one cannot be removed', async () => {
    const { put, names, sweep, engine, life } = await quay()
    engine.cling(put('stuck', `${life.token}/a`))
    put('free', `${life.token}/b`)
    await sweep()
    expect(names()).toEqual(['stuck'])
  })

  test('takes no offence at an engine that is down, and sweeps when it is back', async () => {
    const { put, names, sweep, engine, life } = await quay()
    put('over', `${life.token}/a`)
    engine.isUnreachable()
    await sweep()
    engine.isBack()
    expect(names()).toEqual(['over'])
    await sweep()
    expect(names()).toEqual([])
  })

  test('asks no engine where nobody ever wanted one', async () => {
    const { put, names, sweep, life } = await quay()
    put('over', `${life.token}/a`)
    await sweep(false)
    expect(names()).toEqual(['over'])
  })
})
