/** Whose container goes on without its server: of two that adopt it one wins, and the old life can touch it no more. */
import { expect, test } from 'vitest'
import type { ContainerId } from '../../../src/model/ids.ts'
import type { Claim, OwnLife, Running, Store } from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'
import { sharedLife } from '../sharedLife.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

const failure = { kind: 'failure', error: 'exit_code=1' } as const
const lost = { kind: 'lost', error: 'its server is gone' } as const

/** What the old owner may still try, and what it hears. */
const late: readonly {
  name: string
  act(store: Store, claim: Claim, found: Running): Promise<unknown>
  no: unknown
}[] = [
  {
    name: 'stampRun',
    act: (store, claim) => store.stampRun(claim, { container: 'other' as ContainerId }),
    no: false,
  },
  { name: 'recordExit', act: (store, claim) => store.recordExit(claim, { code: 3, signal: null }, NOW_MS), no: false },
  { name: 'finishJob', act: (store, claim) => store.finishJob(claim, { kind: 'success' }, NOW_MS), no: undefined },
  { name: 'requeueJob', act: (store, claim) => store.requeueJob(claim, failure, NOW_MS), no: undefined },
  {
    name: 'requeueTransient',
    act: (store, claim) => store.requeueTransient(claim, { kind: 'transient', error: 'busy' }, NOW_MS),
    no: undefined,
  },
  { name: 'closeRun', act: (store, claim) => store.closeRun(claim.fence), no: false },
  {
    name: 'reapJob',
    act: (store, _, found) => store.reapJob(found, { reason: 'aged', ending: failure }, NOW_MS),
    no: undefined,
  },
  { name: 'requeueRunningJobs', act: (store, _, found) => store.requeueRunningJobs([found], NOW_MS, lost), no: 0 },
]

interface Orphaned {
  readonly claim: Claim
  readonly found: Running
  readonly heirs: readonly [OwnLife, OwnLife]
}

export function adoptionContract(open: OpenStore): void {
  /** A run in a container whose life has ended, and two others. */
  async function orphaned(bench: Bench): Promise<Orphaned> {
    const { store, life } = bench
    await bench.submitContainer({ maxAttempts: 3 })
    const claim = await bench.contained('box')
    const heirs = [
      await sharedLife(store, server, 'one', NOW_MS),
      await sharedLife(store, server, 'two', NOW_MS),
    ] as const
    await store.endLife(life.id, NOW_MS)
    const { orphans } = await store.survey(heirs[0].id)
    return { claim, found: orphans[0]!, heirs }
  }

  test('of two that adopt a run one wins, and holds what the first has held', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const { claim, found, heirs } = await orphaned(bench)
      expect(found).toMatchObject({ container: 'box', token: claim.token, life_id: bench.life.id })
      const [one, two] = await Promise.all(heirs.map(({ id }) => store.adoptRun(found, id)))
      expect(two).toBeUndefined()
      const { fence, token, session_id } = claim
      const held = { id: claim.id, fence, token, session_id, life_id: heirs[0].id, job: await bench.row(claim.id) }
      expect(one).toEqual(held)
      expect(await bench.row(claim.id)).toMatchObject({ status: 'running', run_id: fence, life_id: heirs[0].id })
      expect((await store.survey(heirs[0].id)).running).toMatchObject([{ id: claim.id, container: 'box' }])
      expect((await store.survey(heirs[1].id)).orphans).toEqual([])
      expect(await store.containersOver([token])).toEqual([])
    }))

  test.each(late)('$name of the old life touches nothing of what another has adopted', ({ act, no }) =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const { claim, found, heirs } = await orphaned(bench)
      expect(await store.adoptRun(found, heirs[0].id)).toBeDefined()
      const before = [await bench.row(claim.id), await store.runsOf(claim.id), await store.survey(heirs[0].id)]
      expect(await act(store, claim, found)).toBe(no)
      expect([await bench.row(claim.id), await store.runsOf(claim.id), await store.survey(heirs[0].id)]).toEqual(before)
    }),
  )

  test('the heir records the end and ends the job, as if the run had always been its own', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const { found, heirs } = await orphaned(bench)
      const claim = (await store.adoptRun(found, heirs[0].id))!
      await store.cancelJob(claim.id, NOW_MS)
      expect(await store.cancelRequests(bench.life.id)).toEqual([])
      expect(await store.cancelRequests(heirs[0].id)).toEqual([{ id: claim.id, fence: claim.fence }])
      expect(await store.recordExit(claim, { code: 0, signal: null }, NOW_MS)).toBe(true)
      expect(await store.finishJob(claim, { kind: 'success' }, NOW_MS)).toBe('cancelled')
      expect((await store.survey(heirs[0].id)).waiting).toEqual([{ id: claim.fence, token: claim.token }])
    }))

  test('what has its end on record is not adopted, but ended by it', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const { claim, found, heirs } = await orphaned(bench)
      // Its old owner knows nothing of the end of its life, and is late.
      expect(await store.recordExit(claim, { code: 0, signal: null }, NOW_MS)).toBe(true)
      const before = [await bench.row(claim.id), await store.runsOf(claim.id)]
      expect(await store.adoptRun(found, heirs[0].id)).toBeUndefined()
      expect([await bench.row(claim.id), await store.runsOf(claim.id)]).toEqual(before)
      expect(await store.reapJob(found, { reason: 'exited', ending: { kind: 'success' } }, NOW_MS)).toBe('done')
    }))

  test('a life that has ended adopts nothing, and what was given back is nobody’s to adopt', () =>
    Bench.with(open, {}, async (bench) => {
      const { store } = bench
      const { claim, found, heirs } = await orphaned(bench)
      await store.endLife(heirs[1].id, NOW_MS)
      expect(await store.adoptRun(found, heirs[1].id)).toBeUndefined()
      expect(await store.requeueRunningJobs([found], NOW_MS)).toBe(1)
      const before = await bench.row(claim.id)
      expect(await store.adoptRun(found, heirs[0].id)).toBeUndefined()
      expect(await bench.row(claim.id)).toEqual(before)
      await bench.contained('case', heirs[0])
      expect(await store.adoptRun(found, heirs[0].id)).toBeUndefined()
    }))
}
