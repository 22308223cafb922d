// The model alone: what the end of a run means for its job, and the table of the lifecycle. No store, no time.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, decide, type Ending, type Limits, type Tries } from '../src/model/ending.ts'
import { isFinal, isTransition, jobStatuses, transitions } from '../src/model/lifecycle.ts'
import { isFreshClaim, isImpossibleQueued } from '../src/model/ownership.ts'
import { seedNumber } from './support/seed.ts'

const seeded = { seed: seedNumber, numRuns: 500 }

const error = fc.string({ minLength: 1 })
const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ kind: fc.constant('success' as const) }),
  fc.record({
    kind: fc.constantFrom(
      'failure' as const,
      'permanent' as const,
      'launch' as const,
      'taken' as const,
      'lost' as const,
    ),
    error,
  }),
  fc.record({ kind: fc.constant('transient' as const), error, delayMs: fc.option(fc.nat(), { nil: undefined }) }),
)
/** It counts against nothing, however often it comes. */
const blameless: fc.Arbitrary<Ending & { kind: 'exhausted' | 'stopped' }> = fc.oneof(
  fc.record({ kind: fc.constant('exhausted' as const), error, delayMs: fc.option(fc.nat(), { nil: undefined }) }),
  fc.record({ kind: fc.constant('stopped' as const), error }),
)
const limits: fc.Arbitrary<Limits> = fc.record({
  transient: fc.integer({ min: 1, max: 6 }),
  launch: fc.integer({ min: 1, max: 6 }),
  lost: fc.integer({ min: 1, max: 6 }),
})
/** A job as it is when a run of it ends: that run is among its attempts. */
const running: fc.Arbitrary<Tries> = fc
  .record({
    attempts: fc.integer({ min: 1, max: 5 }),
    spare: fc.nat({ max: 3 }),
    transient_attempts: fc.nat({ max: 7 }),
    launch_failures: fc.nat({ max: 7 }),
    lost_runs: fc.nat({ max: 7 }),
    cancel_requested_at: fc.option(fc.nat(), { nil: null, freq: 4 }),
  })
  .map(({ spare, ...job }) => ({ ...job, max_attempts: job.attempts + spare }))
const notCancelled = running.map((job) => ({ ...job, cancel_requested_at: null }))

/** Which limit an ending counts against. */
const limitOf = { transient: 'transient', launch: 'launch', taken: 'launch', lost: 'lost' } as const
const counterOf = { transient: 'transient_attempts', launch: 'launch_failures', lost: 'lost_runs' } as const

describe('the end of a run', () => {
  test('always leads somewhere that the table allows, with a reason wherever there is one', () => {
    const property = fc.property(running, fc.oneof(ending, blameless), limits, (job, end, most) => {
      const next = decide(job, end, most)
      expect(isTransition('running', next.status)).toBe(true)
      expect(next.error).toBe(end.kind === 'success' ? null : end.error)
      if (next.status === 'queued') expect(next.error).not.toBeNull()
    })
    fc.assert(property, seeded)
  })

  test('after an accepted cancel is cancelled, whatever it was, and counts nothing more', () => {
    const cancelled = running.map((job) => ({ ...job, cancel_requested_at: 0 }))
    const property = fc.property(cancelled, fc.oneof(ending, blameless), limits, (job, end, most) => {
      const { status, tries } = decide(job, end, most)
      expect(status).toBe('cancelled')
      expect(job).toMatchObject(tries)
    })
    fc.assert(property, seeded)
  })

  test('is never cancelled without a cancel', () => {
    const property = fc.property(notCancelled, ending, limits, (job, end, most) => {
      expect(decide(job, end, most).status).not.toBe('cancelled')
    })
    fc.assert(property, seeded)
  })

  test('gives the attempt back where the job is not to blame, and counts it against its own limit', () => {
    const property = fc.property(notCancelled, ending, limits, (job, end, most) => {
      const { tries, status } = decide(job, end, most)
      const { attempts, transient_attempts, launch_failures, lost_runs } = job
      const before = { attempts, transient_attempts, launch_failures, lost_runs }
      const limit = end.kind in limitOf ? limitOf[end.kind as keyof typeof limitOf] : undefined
      if (limit === undefined) {
        expect(tries).toEqual(before)
        return
      }
      const counter = counterOf[limit]
      expect(tries).toEqual({ ...before, attempts: job.attempts - 1, [counter]: job[counter] + 1 })
      expect(status).toBe(tries[counter] < most[limit] ? 'queued' : 'failed')
    })
    fc.assert(property, seeded)
  })

  test('counts nothing at all where the machine had no room, or its server was stopped', () => {
    const property = fc.property(notCancelled, blameless, limits, (job, end, most) => {
      const { attempts, transient_attempts, launch_failures, lost_runs } = job
      const tries = { attempts: attempts - 1, transient_attempts, launch_failures, lost_runs }
      // The job waits for as long as it was told to, and not at all else.
      const delayMs = 'delayMs' in end ? end.delayMs : undefined
      expect(decide(job, end, most)).toEqual({ status: 'queued', error: end.error, tries, delayMs })
    })
    fc.assert(property, seeded)
  })

  test('is final for a success and a permanent error, and for a failure once no attempt is left', () => {
    const property = fc.property(notCancelled, limits, (job, most) => {
      expect(decide(job, { kind: 'success' }, most).status).toBe('done')
      expect(decide(job, { kind: 'permanent', error: 'e' }, most).status).toBe('failed')
      const left = job.attempts < job.max_attempts
      expect(decide(job, { kind: 'failure', error: 'e' }, most).status).toBe(left ? 'queued' : 'failed')
    })
    fc.assert(property, seeded)
  })

  test('makes the job wait after a transient error: for its delay, or for the back-off', () => {
    const property = fc.property(notCancelled, ending, limits, (job, end, most) => {
      const next = decide(job, end, most)
      if (next.status !== 'queued') return
      const expected = end.kind === 'transient' ? (end.delayMs ?? backoffMs(job.transient_attempts)) : undefined
      expect(next.delayMs).toBe(expected)
    })
    fc.assert(property, seeded)
  })

  test('run after run, never leaves more attempts than allowed, and comes to an end', () => {
    let longest = 0
    const property = fc.property(
      fc.integer({ min: 1, max: 4 }),
      limits,
      fc.infiniteStream(ending),
      (max, most, endings) => {
        let job: Tries = { attempts: 0, max_attempts: max, ...none, cancel_requested_at: null }
        const claimsMax = max + (most.transient - 1) + (most.launch - 1) + (most.lost - 1)
        for (let claims = 1; ; claims++) {
          expect(claims).toBeLessThanOrEqual(claimsMax)
          longest = Math.max(longest, claims)
          job = { ...job, attempts: job.attempts + 1 }
          expect(job.attempts).toBeLessThanOrEqual(max)
          const next = decide(job, endings.next().value!, most)
          expect(next.tries.attempts).toBeGreaterThanOrEqual(0)
          if (next.status !== 'queued') return
          job = { ...job, ...next.tries }
        }
      },
    )
    fc.assert(property, seeded)
    expect(longest).toBeGreaterThan(5)
  })
})

const none = { transient_attempts: 0, launch_failures: 0, lost_runs: 0 }

describe('the back-off', () => {
  test('is 10 s, doubles with each transient failure, and ends at 600 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(backoffMs)).toEqual([
      10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000,
    ])
    const property = fc.property(fc.nat({ max: 5_000 }), (earlier) => {
      expect(backoffMs(earlier)).toBeLessThanOrEqual(600_000)
      expect(backoffMs(earlier + 1)).toBeGreaterThanOrEqual(backoffMs(earlier))
    })
    fc.assert(property, seeded)
  })
})

describe('the lifecycle', () => {
  const pairs = jobStatuses.flatMap((from) => jobStatuses.map((to) => [from, to] as const))

  test('is what its documentation shows, each way once', () => {
    expect(pairs.filter(([from, to]) => isTransition(from, to)).map(([from, to]) => `${from} → ${to}`)).toEqual([
      'queued → running',
      'queued → cancelled',
      'running → queued',
      'running → done',
      'running → failed',
      'running → cancelled',
    ])
    expect(new Set(transitions.map(({ from, to }) => `${from} ${to}`)).size).toBe(transitions.length)
  })

  test('has no way out of what is final, and a way there from all else', () => {
    const onward = (from: string) => transitions.filter((transition) => transition.from === from).map(({ to }) => to)
    for (const status of jobStatuses) {
      expect(onward(status).length === 0).toBe(isFinal(status))
      if (!isFinal(status)) expect(onward(status).some(isFinal)).toBe(true)
    }
    expect(jobStatuses.filter(isFinal)).toEqual(['done', 'failed', 'cancelled'])
  })

  test('knows nothing of other words', () => {
    expect(isFinal('succeeded')).toBe(false)
    expect(isTransition('queued', 'done')).toBe(false)
    expect(isTransition('pending', 'running')).toBe(false)
  })
})

describe('what a row says of its owner', () => {
  const maybe = fc.option(fc.nat(), { nil: null })
  const row = fc.record({ status: fc.constantFrom(...jobStatuses), run_id: maybe, pid: maybe, started_at: maybe })

  test('a queued row that names any owner cannot be, a claimed one that names none is fresh', () => {
    const property = fc.property(row, (owned) => {
      const { status, run_id, pid, started_at } = owned
      const named = [run_id, pid, started_at].filter((value) => value !== null).length
      expect(isImpossibleQueued(owned)).toBe(status === 'queued' && named > 0)
      expect(isFreshClaim(owned)).toBe(status === 'running' && named === 1 && started_at !== null)
    })
    fc.assert(property, seeded)
  })

  test('job 2286 as it was found: queued, of run 759 in process 35', () => {
    expect(isImpossibleQueued({ status: 'queued', run_id: 759, pid: 35, started_at: null })).toBe(true)
    // 0 is a number like others: a pid that is falsy must not pass for none.
    expect(isImpossibleQueued({ status: 'queued', run_id: null, pid: 0, started_at: null })).toBe(true)
  })
})
