// Incident 2 as its authors test it: TC-01 … TC-10 under their names, on a real SQLite database, through the published
// verbs as our store calls them (src/system/store.ts has the mapping). Where this orchestrator differs by design (claims
// are fenced, ages are counted from where they were first seen, a launch error gives the attempt back) the published
// promise is asserted all the same.

import { describe, expect, test } from 'vitest'
import { SpawnError } from '../src/ports/index.ts'
import { published } from '../src/subjects/orchestrator/defects/published.ts'
import { restartKeepsPid } from '../src/subjects/orchestrator/defects/restartKeepsPid.ts'
import { defaultOptions, Orchestrator, Reaper, Registry, Sanitizer, standardParts } from '../src/system/index.ts'
import { handDrivenMachine, server } from './support/handDrivenMachine.ts'
import {
  claimedAs,
  type House,
  NOW_MS,
  openHouse,
  plantQueued,
  rowOf,
  runningAs,
  sound,
} from './support/ownershipHouse.ts'
import { sharedLife } from './support/sharedLife.ts'

const belongsToNobody = { status: 'queued', run_id: null, pid: null, started_at: null }

/** The server that ran the job dies, and the next one requeues what it finds running. */
async function restart({ store, life }: House): Promise<number> {
  await store.endLife(life.id, NOW_MS + 1_000)
  const next = await sharedLife(store, { ...server, startTime: 900 }, 'next', NOW_MS + 2_000)
  const { orphans } = await store.survey(next.id)
  return store.requeueRunningJobs(orphans, NOW_MS + 3_000)
}

describe('giving a job back to the queue', () => {
  test('TC-01 a restart leaves nothing of run 759 and process 35 on the job that it requeues', async () => {
    // given a job that runs as run 759 in process 35
    const house = await openHouse()
    const { id } = await runningAs(house, 759, 35)
    expect(rowOf(house, id)).toMatchObject({ status: 'running', run_id: 759, pid: 35, started_at: NOW_MS })
    // when its server is restarted
    expect(await restart(house)).toBe(1)
    // then it is queued and belongs to nobody
    expect(rowOf(house, id)).toMatchObject(belongsToNobody)
  })

  test.each([published, restartKeepsPid])('TC-01 is red on $name: process 35 stays on the queued job', async (flaw) => {
    // given the same job, in a store as the incident found it
    const house = await openHouse({ flaw })
    const { id } = await runningAs(house, 759, 35)
    // when its server is restarted
    expect(await restart(house)).toBe(1)
    // then it waits in the queue as run 759 in process 35, which the next claim will be taken for
    expect(rowOf(house, id)).toMatchObject({ status: 'queued', run_id: 759, pid: 35, started_at: null })
    expect(await house.store.findImpossibleQueued()).toMatchObject([{ id, run_id: 759, pid: 35 }])
  })

  test('TC-01 is red once more on the whole schema, which refuses what the incident wrote', async () => {
    const house = await openHouse({ flaw: restartKeepsPid })
    house.database.pragma('ignore_check_constraints = OFF')
    const { id } = await runningAs(house, 759, 35)
    await expect(restart(house)).rejects.toThrow('CHECK constraint failed')
    expect(rowOf(house, id)).toMatchObject({ status: 'running', run_id: 759, pid: 35 })
  })

  test('TC-02 a failed run leaves its error on the job, and neither its run nor an end', async () => {
    // given a job that runs as run 760 in process 42
    const house = await openHouse()
    const claim = await runningAs(house, 760, 42)
    // when its owner, who knows the run, gives it back with the exit code as its error
    const ending = { kind: 'failure', error: 'exit_code=1' } as const
    expect(claim.fence).toBe(760)
    expect(await house.store.requeueJob(claim, ending, NOW_MS + 1)).toBe('queued')
    // then the error is kept, the run is not
    expect(rowOf(house, claim.id)).toMatchObject({ ...belongsToNobody, finished_at: null, error: 'exit_code=1' })
  })

  test('TC-03 a transient failure is counted and waits, and leaves no owner', async () => {
    // given a job that has failed transiently once and runs again, as run 761 in process 50
    const house = await openHouse()
    const claim = await runningAs(house, 761, 50)
    house.database.prepare('UPDATE jobs SET transient_attempts = 1 WHERE id = ?').run(claim.id)
    // when it is overloaded and asks for 30 s
    const ending = { kind: 'transient', error: 'overloaded', delayMs: 30_000 } as const
    expect(await house.store.requeueTransient(claim, ending, NOW_MS)).toBe('queued')
    // then it waits that long, with its second transient failure on record
    const waiting = { transient_attempts: 2, available_at: NOW_MS + 30_000, error: 'overloaded' }
    expect(rowOf(house, claim.id)).toMatchObject({ ...belongsToNobody, ...waiting })
  })

  test('TC-04 a reap gives a running job back once, and a second reap finds nothing to do', async () => {
    // given a job that runs as run 762 in process 60
    const house = await openHouse()
    const { id } = await runningAs(house, 762, 60)
    const [found] = (await house.store.survey(house.life.id)).running
    expect(found).toMatchObject({ id, fence: 762, pid: 60 })
    // when two rounds of the reaper have found it dead
    const ending = { kind: 'failure', error: 'gone' } as const
    const first = await house.store.reapJob(found!, { reason: 'dead', ending }, NOW_MS + 1)
    const afterFirst = rowOf(house, id)
    const second = await house.store.reapJob(found!, { reason: 'dead', ending }, NOW_MS + 2)
    // then the first of them wins and the second changes nothing
    expect([first, second]).toEqual(['queued', undefined])
    expect(afterFirst).toMatchObject(belongsToNobody)
    expect(rowOf(house, id)).toEqual(afterFirst)
  })
})

describe('a claim starts clean', () => {
  test('TC-05 it drops the run and the process that an old database has left on a queued job', async () => {
    // given a queued job that still names run 900 and process 999999
    const house = await openHouse()
    const id = plantQueued(house, 900, 999_999, null)
    // when it is claimed
    const claim = sound(await house.store.claimNextJob(house.life, house.name, [], NOW_MS))
    // then it runs since now, and neither the claim nor the row names a run or a process
    const fresh = { id, status: 'running', run_id: null, pid: null, started_at: NOW_MS }
    expect(claim.job).toMatchObject(fresh)
    expect(rowOf(house, id)).toMatchObject(fresh)
  })

  test('TC-06 without the serial gate the one queued job is claimed', async () => {
    // given one queued job, and no gate
    const { store, life, name } = await openHouse({ options: { serialGate: false } })
    const id = await store.submitJob({ argv: ['work'] }, NOW_MS)
    expect(await store.counts()).toMatchObject({ queued: 1, running: 0 })
    // when a scheduler asks for work
    const claim = sound(await store.claimNextJob(life, name, [], NOW_MS))
    // then it gets it
    expect(claim.id).toBe(id)
    expect(await store.counts()).toMatchObject({ queued: 0, running: 1 })
  })

  test('TC-07 the reaper leaves a job in its spawn window alone, until it is older than any run may be', async () => {
    // given a job that was claimed a moment ago and has no process yet, where every process looks dead
    const house = await openHouse()
    const { id, fence } = await claimedAs(house, 763)
    const machine = handDrivenMachine({ database: house.database, nowMs: NOW_MS })
    machine.everyProcessIs('gone')
    const reaped: number[] = []
    const reaper = new Reaper(house.store, machine.ports, defaultOptions, standardParts.launchers(machine.ports), {
      isEnding: () => false,
      abandon: (which) => reaped.push(which),
    })
    const round = async () => reaper.round((await house.store.survey(house.life.id)).running)
    // when the reaper goes round, more often than it takes for a dead process
    for (let n = 0; n <= defaultOptions.deadTicks; n++) await round()
    machine.advance(defaultOptions.ageMaxMs - 1)
    await round()
    // then it still runs; only the last tier ends it
    expect(rowOf(house, id)).toMatchObject({ status: 'running', pid: null, started_at: NOW_MS })
    expect(reaped).toEqual([])
    machine.advance(1)
    await round()
    expect(rowOf(house, id)).toMatchObject(belongsToNobody)
    expect(reaped).toEqual([fence])
  })

  test('TC-09 a launch that throws before the stamp leaves a clean job that can be claimed at once', async () => {
    // given a job with the leftovers of run 900, claimed, whose launch fails
    const house = await openHouse()
    const id = plantQueued(house, 900, 999_999, null)
    const claim = sound(await house.store.claimNextJob(house.life, house.name, [], NOW_MS))
    const spawn = () => Promise.reject(new SpawnError('EAGAIN', 'no more processes', false))
    const { ports } = handDrivenMachine({ database: house.database, nowMs: NOW_MS, spawn })
    const registry = new Registry(house.store, ports, defaultOptions, standardParts.launchers(ports), {
      handlers: {},
      ended: () => undefined,
      started: () => undefined,
      exhausted: () => undefined,
      strayed: () => undefined,
      failed: (error) => expect.unreachable(String(error)),
    })
    // when it is launched
    registry.launch(claim)
    await registry.drained()
    // then it is queued, clean, with the error and all of its attempts
    expect(rowOf(house, id)).toMatchObject({
      ...belongsToNobody,
      error: 'launch error: no more processes',
      attempts: 0,
    })
    // and the next scheduler gets it
    expect(sound(await house.store.claimNextJob(house.life, house.name, [], NOW_MS)).id).toBe(id)
  })
})

describe('rows that cannot be', () => {
  test('TC-08 a queued job with an owner is found and healed, once', async () => {
    // given a queued job that still names run 759, process 35 and a start
    const house = await openHouse()
    const id = plantQueued(house, 759, 35, NOW_MS - 1_000)
    const before = rowOf(house, id)
    expect(await house.store.findImpossibleQueued()).toEqual([{ id, run_id: 759, pid: 35, started_at: NOW_MS - 1_000 }])
    // when it is sanitized
    expect(await house.store.sanitizeImpossibleQueued()).toEqual([id])
    // then the triple is gone and nothing else has changed, and there is nothing left to find or to heal
    expect(rowOf(house, id)).toEqual({ ...before, ...belongsToNobody })
    expect(await house.store.findImpossibleQueued()).toEqual([])
    expect(await house.store.sanitizeImpossibleQueued()).toEqual([])
  })

  test('TC-08b the status counts what was healed at the start, and the kill-switch leaves a new row as it is', async () => {
    // given a queued job with an owner
    const house = await openHouse()
    const first = plantQueued(house, 759, 35, NOW_MS - 1_000)
    const { ports } = handDrivenMachine({ database: house.database, nowMs: NOW_MS })
    // when a server starts
    const orchestrator = await Orchestrator.start(ports, { shared: true })
    // then it heals it and says so
    expect(rowOf(house, first)).toMatchObject(belongsToNobody)
    const healed = { impossible_queued_total: 1, last_impossible_queued: { count: 1 } }
    expect(await orchestrator.status()).toMatchObject(healed)
    // and when there is another such job, and the sanitizer is switched off
    const second = plantQueued(house, 760, 36, null)
    const off = await Orchestrator.start(ports, { shared: true, options: { sanitizeImpossibleQueued: false } })
    // then nothing is healed, and that is what its status says
    expect(await new Sanitizer(house.store, false).sanitize()).toBe(0)
    expect(rowOf(house, second)).toMatchObject({ status: 'queued', run_id: 760, pid: 36 })
    expect(await off.status()).toMatchObject({ impossible_queued_total: 0, last_impossible_queued: { count: 0 } })
    await orchestrator.stop()
    await off.stop()
  })

  test('TC-10 a finished job keeps its run, and nobody takes it for one that cannot be', async () => {
    // given a job that is done as run 500, one that failed for good as run 501, and one that never started
    const house = await openHouse()
    const done = await runningAs(house, 500, 70)
    await house.store.finishJob(done, { kind: 'success' }, NOW_MS + 5)
    const failed = await runningAs(house, 501, 71)
    await house.store.finishJob(failed, { kind: 'permanent', error: 'exit_code=78' }, NOW_MS + 6)
    const waiting = await house.store.submitJob({ argv: ['work'] }, NOW_MS)
    const before = [done.id, failed.id, waiting].map((id) => rowOf(house, id))
    // when a server is restarted, which requeues and heals what it can
    expect(await restart(house)).toBe(0)
    expect(await house.store.findImpossibleQueued()).toEqual([])
    expect(await house.store.sanitizeImpossibleQueued()).toEqual([])
    // then all three are as they were
    expect([done.id, failed.id, waiting].map((id) => rowOf(house, id))).toEqual(before)
    expect(before).toMatchObject([
      { status: 'done', run_id: 500, started_at: NOW_MS, finished_at: NOW_MS + 5 },
      { status: 'failed', run_id: 501, started_at: NOW_MS, finished_at: NOW_MS + 6, error: 'exit_code=78' },
      belongsToNobody,
    ])
  })
})
