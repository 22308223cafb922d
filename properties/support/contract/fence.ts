/** A stale owner's write touches nothing and says so; so does any write to what is finished. */
import { expect, test } from 'vitest'
import type { Claim, Running, Store } from '../../../src/system/index.ts'
import { processOf } from '../handDrivenMachine.ts'
import { Bench, NOW_MS, type OpenStore } from './bench.ts'

const failure = { kind: 'failure', error: 'exit_code=1' } as const

/** Every verb that acts for a claim, and what it says when that claim is over. */
const verbs: readonly {
  name: string
  act(store: Store, claim: Claim, found: Running): Promise<unknown>
  no: unknown
}[] = [
  { name: 'stampRun', act: (store, claim) => store.stampRun(claim, processOf(claim.token, 77)), no: false },
  { name: 'recordExit', act: (store, claim) => store.recordExit(claim, { code: 3, signal: null }, NOW_MS), no: false },
  { name: 'finishJob', act: (store, claim) => store.finishJob(claim, { kind: 'success' }, NOW_MS), no: undefined },
  { name: 'requeueJob', act: (store, claim) => store.requeueJob(claim, failure, NOW_MS), no: undefined },
  {
    name: 'requeueTransient',
    act: (store, claim) => store.requeueTransient(claim, { kind: 'transient', error: 'busy' }, NOW_MS),
    no: undefined,
  },
  {
    name: 'reapJob, dead',
    act: (store, _, found) => store.reapJob(found, { reason: 'dead', ending: failure }, NOW_MS),
    no: undefined,
  },
  {
    name: 'reapJob, exited',
    act: (store, _, found) => store.reapJob(found, { reason: 'exited', ending: failure }, NOW_MS),
    no: undefined,
  },
  {
    name: 'reapJob, aged',
    act: (store, _, found) => store.reapJob(found, { reason: 'aged', ending: failure }, NOW_MS),
    no: undefined,
  },
  { name: 'requeueRunningJobs', act: (store, _, found) => store.requeueRunningJobs([found], NOW_MS), no: 0 },
]

export function fenceContract(open: OpenStore): void {
  /** A job whose first claim was given back, and what a supervisor had read of it before. */
  async function staleClaim(bench: Bench): Promise<{ claim: Claim; found: Running }> {
    await bench.submit({ maxAttempts: 3 })
    const claim = await bench.running(35)
    const { running } = await bench.store.survey(bench.life.id)
    await bench.store.requeueJob(claim, failure, NOW_MS)
    return { claim, found: running[0]! }
  }

  test.each(verbs)('$name does nothing for a claim whose job waits in the queue', ({ act, no }) =>
    Bench.with(open, {}, async (bench) => {
      const { claim, found } = await staleClaim(bench)
      const before = await bench.row(claim.id)
      expect(await act(bench.store, claim, found)).toBe(no)
      expect(await bench.row(claim.id)).toEqual(before)
    }),
  )

  test.each(verbs)('$name does nothing for a claim whose job another claim holds', ({ act, no }) =>
    Bench.with(open, {}, async (bench) => {
      const { claim, found } = await staleClaim(bench)
      const present = await bench.running(36)
      expect(present.id).toBe(claim.id)
      const before = [await bench.row(claim.id), await bench.store.survey(bench.life.id)]
      expect(await act(bench.store, claim, found)).toBe(no)
      expect([await bench.row(claim.id), await bench.store.survey(bench.life.id)]).toEqual(before)
    }),
  )

  test.each(verbs)('$name does nothing for a claim whose job is finished', ({ act, no }) =>
    Bench.with(open, {}, async (bench) => {
      await bench.submit()
      const claim = await bench.running(35)
      const { running } = await bench.store.survey(bench.life.id)
      await bench.store.finishJob(claim, { kind: 'success' }, NOW_MS)
      const before = await bench.row(claim.id)
      expect(before).toMatchObject({ status: 'done', run_id: claim.fence, pid: 35, started_at: NOW_MS })
      expect(await act(bench.store, claim, running[0]!)).toBe(no)
      expect(await bench.row(claim.id)).toEqual(before)
    }),
  )

  test('a claim is stamped once', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      const claim = await bench.running(35)
      expect(await bench.store.stampRun(claim, processOf(claim.token, 36))).toBe(false)
      expect(await bench.row(id)).toMatchObject({ run_id: claim.fence, pid: 35 })
    }))

  test('an exit is recorded once, and beats the guess of a reaper that found the process dead', () =>
    Bench.with(open, {}, async (bench) => {
      const id = await bench.submit()
      const claim = await bench.running(35)
      const { running } = await bench.store.survey(bench.life.id)
      expect(await bench.store.recordExit(claim, { code: 0, signal: null }, NOW_MS + 1)).toBe(true)
      expect(await bench.store.recordExit(claim, { code: 9, signal: null }, NOW_MS + 2)).toBe(false)
      expect(await bench.store.reapJob(running[0]!, { reason: 'dead', ending: failure }, NOW_MS + 3)).toBeUndefined()
      expect(await bench.row(id)).toMatchObject({ status: 'running' })
      expect((await bench.store.survey(bench.life.id)).running).toMatchObject([
        { id, run_finished_at: NOW_MS + 1, exit_code: 0 },
      ])
      expect(
        await bench.store.reapJob(running[0]!, { reason: 'exited', ending: { kind: 'success' } }, NOW_MS + 4),
      ).toBe('done')
    }))
}
