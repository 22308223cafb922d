/** The verbs of a store's random history, as plain data. */
import fc from 'fast-check'
import type { Ending } from '../../../src/model/ending.ts'
import { jobStatuses } from '../../../src/model/lifecycle.ts'
import type { JobSpec } from '../../../src/system/index.ts'

/** Mostly the newest. */
const nth = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) })
/** Of claims, often the one before as well: of what was adopted, it is the old owner's. */
const nthClaim = fc.oneof({ weight: 2, arbitrary: nth }, { weight: 1, arbitrary: fc.constant(1) })
const success = fc.constantFrom<Ending & { kind: 'success' | 'permanent' }>(
  { kind: 'success' },
  { kind: 'permanent', error: 'exit_code=78' },
)
const failure = fc.constantFrom<Ending & { kind: 'failure' | 'launch' | 'taken' | 'exhausted' }>(
  { kind: 'failure', error: 'exit_code=1' },
  { kind: 'launch', error: 'launch error: EAGAIN' },
  { kind: 'taken', error: 'launch error: EEXIST' },
  { kind: 'exhausted', error: 'launch error: EMFILE' },
  { kind: 'exhausted', error: 'launch error: no engine', delayMs: 600 },
)
const transient = fc.record({
  kind: fc.constant('transient' as const),
  error: fc.constant('exit_code=75'),
  delayMs: fc.constantFrom(undefined, 0, 500),
})
const terms = {
  repo: fc.constantFrom('one', 'two'),
  priority: fc.nat({ max: 2 }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  delayMs: fc.constantFrom(0, 0, 700),
}
const command = fc.record({ ...terms, argv: fc.constant(['work'] as const) })
const container = fc.record({
  ...terms,
  image: fc.constant('agent'),
  argv: fc.constantFrom<readonly string[]>([], ['work']),
})
const task = fc.record({
  ...terms,
  task: fc.constantFrom('mail', 'index'),
  payload: fc.constantFrom(undefined, { to: ['ä', 1, null] }),
})
const spec = fc.oneof<fc.MaybeWeightedArbitrary<JobSpec>[]>(
  { weight: 3, arbitrary: command },
  { weight: 4, arbitrary: container },
  { weight: 1, arbitrary: task },
)
/** The tasks that a server which claims has handlers for. */
const tasks = fc.constantFrom<readonly string[]>([], ['mail'], ['index', 'mail'])

/** What an old database may have left on a queued job: any part of the triple. */
const owner = fc.constantFrom(
  { run_id: 900, pid: null, started_at: null },
  { run_id: null, pid: 999_999, started_at: null },
  { run_id: null, pid: null, started_at: 5 },
  { run_id: 759, pid: 35, started_at: 5 },
)
const sessionId = fc.constantFrom(undefined, 'session-1', 'session-2')
const shared = fc.constantFrom(true, true, false)

/** A verb that names something counts from the newest: 0 is the freshest claim, higher ones are stale. */
const submit = fc.record({ verb: fc.constant('submit' as const), spec })
const verb = fc.oneof(
  { weight: 5, arbitrary: submit },
  { weight: 9, arbitrary: fc.record({ verb: fc.constant('claim' as const), nth, tasks }) },
  {
    weight: 5,
    arbitrary: fc.record({ verb: fc.constant('stamp' as const), nth: nthClaim, pid: fc.integer({ min: 2, max: 40 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('recordExit' as const),
      nth: nthClaim,
      code: fc.nat({ max: 2 }),
      sessionId,
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('finish' as const), nth: nthClaim, ending: success }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('requeue' as const), nth: nthClaim, ending: failure }) },
  {
    weight: 3,
    arbitrary: fc.record({ verb: fc.constant('requeueTransient' as const), nth: nthClaim, ending: transient }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('cancel' as const), nth }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('delete' as const), nth }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('relaunch' as const),
      nth,
      hasEnded: fc.boolean(),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('close' as const), nth, isAsked: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({ verb: fc.constant('adopt' as const), nth, life: fc.nat({ max: 2 }), looks: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('remove' as const), nth, isAsked: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('list' as const),
      status: fc.constantFrom(undefined, ...jobStatuses),
      limit: fc.constantFrom(2, 99),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('reap' as const),
      nth,
      reason: fc.constantFrom('dead' as const, 'exited' as const, 'aged' as const),
      ending: failure,
      outcome: fc.option(fc.record({ code: fc.nat({ max: 2 }), signal: fc.constant(null), sessionId }), {
        nil: undefined,
      }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('requeueRunning' as const), nth }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('look' as const), nth }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('openLife' as const), shared }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('endLife' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('beat' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('makeImpossible' as const), nth, owner }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('sanitize' as const) }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('pass' as const), ms: fc.constantFrom(1, 600, 20_000) }) },
)

export type Verb = typeof verb extends fc.Arbitrary<infer V> ? V : never
/** What only the owner of a claim does. */
export type OwnersVerb = Extract<Verb, { verb: 'stamp' | 'recordExit' | 'finish' | 'requeue' | 'requeueTransient' }>

export interface History {
  readonly verbs: readonly Verb[]
  readonly maxConcurrency: number
  readonly serialGate: boolean
}

/** Unbiased: a short history has nothing stale in it. */
export const history: fc.Arbitrary<History> = fc.noBias(
  fc.record({
    verbs: fc.tuple(submit, submit, fc.array(verb, { maxLength: 60, size: 'max' })).map(([...all]) => all.flat()),
    maxConcurrency: fc.integer({ min: 1, max: 3 }),
    serialGate: fc.boolean(),
  }),
)
