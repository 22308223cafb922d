/**
 * The operations that are tried, as plain data, so that they shrink. Several tracks of them run beside each other, each
 * with containers of its own; what an operation means is settled when its turn comes, and one that nobody could carry
 * out then is left out on both sides.
 */
import fc from 'fast-check'
import type { WaitCondition } from '../../src/sim/engine/engine.ts'
import type { Death } from './dockerd.ts'

export const TRACKS = 4
export const NAMES = ['a', 'b', 'c'] as const

/**
 * What a container does. `deaf` and `trap` run until they are told to end; `trap` ends with 0 on SIGTERM, `deaf` does not
 * hear it. `brief` ends with 3 at once. The other two cannot be executed.
 */
export type Kind = 'deaf' | 'trap' | 'brief' | 'missing' | 'not executable'

/** By one of the track's names, or by one of the ids that were ever seen in it. */
export interface Whom {
  readonly by: 'name' | 'id'
  readonly nth: number
}

export type Call =
  | {
      readonly call: 'create'
      readonly whom: Whom
      readonly kind: Kind
      readonly flaw: 'none' | 'image' | 'name' | 'both'
    }
  | { readonly call: 'start' | 'stop' | 'remove' | 'remove by force'; readonly whom: Whom }
  | { readonly call: 'kill'; readonly whom: Whom; readonly signal: string }

/** All of them wait for the end of what runs. */
export type Ending = 'stop' | 'kill' | 'remove by force'

export type Op =
  /** Several are made at the same time. */
  | { readonly op: 'calls'; readonly track: number; readonly calls: readonly Call[] }
  | { readonly op: 'wait'; readonly track: number; readonly whom: Whom; readonly condition: WaitCondition }
  | { readonly op: 'inspect'; readonly track: number; readonly whom: Whom }
  | { readonly op: 'list'; readonly track: number; readonly kind: Kind | undefined }
  /** What is begun first cannot go on, since the container's process is frozen: what are the others told meanwhile? */
  | { readonly op: 'held'; readonly track: number; readonly first: Ending; readonly meanwhile: readonly Call[] }
  /** The process in it ends by itself. */
  | { readonly op: 'finish'; readonly track: number; readonly whom: Whom; readonly code: number }
  /** The daemon dies and rises; of what it leaves running one of each track may end meanwhile. */
  | { readonly op: 'restart'; readonly how: Death; readonly isFinishing: boolean }

const OPS_MAX = 40
/** Restarts last up to ten seconds each: only so many sequences have one. */
const SEQUENCES_PER_RESTART = 16

const track = fc.nat(TRACKS - 1)
const named = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(NAMES.length - 1) })
const byName = named.map((nth): Whom => ({ by: 'name', nth }))
const whom = fc.oneof(
  { weight: 6, arbitrary: byName },
  { weight: 1, arbitrary: fc.nat(7).map((nth): Whom => ({ by: 'id', nth })) },
)
const kind = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Kind>('deaf', 'trap', 'brief') },
  { weight: 1, arbitrary: fc.constantFrom<Kind>('missing', 'not executable') },
)
const flaw = fc.oneof(
  { weight: 12, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constantFrom('image' as const, 'name' as const, 'both' as const) },
)
const signal = fc.constantFrom('KILL', 'SIGKILL', 'TERM', 'SIGTERM', 'NOPE')

function createOf(whom: fc.Arbitrary<Whom>): fc.Arbitrary<Call> {
  return fc.record({ call: fc.constant('create' as const), whom, kind, flaw })
}

function verbOf(whom: fc.Arbitrary<Whom>, ...verbs: ('start' | 'stop' | 'remove' | 'remove by force')[]) {
  return fc.record({ call: fc.constantFrom(...verbs), whom }) satisfies fc.Arbitrary<Call>
}

function killOf(whom: fc.Arbitrary<Whom>): fc.Arbitrary<Call> {
  return fc.record({ call: fc.constant('kill' as const), whom, signal })
}

function anyOf(whom: fc.Arbitrary<Whom>): fc.Arbitrary<Call> {
  return fc.oneof(
    { weight: 5, arbitrary: createOf(byName) },
    { weight: 6, arbitrary: verbOf(whom, 'start') },
    { weight: 3, arbitrary: verbOf(whom, 'stop') },
    { weight: 3, arbitrary: verbOf(whom, 'remove', 'remove by force') },
    { weight: 4, arbitrary: killOf(whom) },
  )
}

/** At the same time and on the same container, or it would be no question who comes first. */
const together = named.chain((nth) => {
  const same = fc.constant<Whom>({ by: 'name', nth })
  const thrice = fc.oneof(createOf(same), verbOf(same, 'start', 'remove', 'remove by force'), killOf(same))
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(anyOf(same), anyOf(same)) },
    { weight: 1, arbitrary: thrice.map((call): Call[] => [call, call, call]) },
  )
})

const calls = fc.oneof({ weight: 5, arbitrary: anyOf(whom).map((call) => [call]) }, { weight: 1, arbitrary: together })

/** Does it wait for the end of what runs? */
export function mayRest(call: { readonly call: Call['call']; readonly signal?: string }): boolean {
  return call.call === 'stop' || call.call === 'remove by force' || call.signal?.endsWith('KILL') === true
}

/** Three that wait, beside the one that is held, may be told in more orders than can be tried. */
const meanwhile = fc
  .array(anyOf(fc.constant<Whom>({ by: 'name', nth: 0 })), { minLength: 1, maxLength: 3 })
  .filter((calls) => !(calls.length === 3 && calls.every(mayRest)))

const wait = fc.record({
  op: fc.constant('wait' as const),
  track,
  whom,
  condition: fc.constantFrom<WaitCondition>('not-running', 'next-exit', 'removed'),
})

const single: fc.Arbitrary<Op> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ op: fc.constant('calls' as const), track, calls }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('held' as const),
      track,
      first: fc.constantFrom<Ending>('stop', 'kill', 'remove by force'),
      meanwhile,
    }),
  },
  { weight: 4, arbitrary: wait },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('inspect' as const), track, whom }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('list' as const), track, kind: fc.option(kind, { nil: undefined }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('finish' as const), track, whom: byName, code: fc.constantFrom(0, 5, 255) }),
  },
)

/** What most of the others need. */
const birth = fc.record({ track, kind: fc.constantFrom<Kind>('deaf', 'trap') }).map(({ track, kind }): Op[] => {
  const whom: Whom = { by: 'name', nth: 0 }
  return [
    { op: 'calls', track, calls: [{ call: 'create', whom, kind, flaw: 'none' }] },
    { op: 'calls', track, calls: [{ call: 'start', whom }] },
  ]
})
const awaitedBirth = fc.tuple(birth, wait).map(([born, awaited]): Op[] => [...born, awaited])

const steps = fc.oneof({ weight: 7, arbitrary: single.map((op) => [op]) }, { weight: 1, arbitrary: birth })
const ops = fc.array(steps, { minLength: 1, maxLength: OPS_MAX, size: 'max' }).map((all) => all.flat())
const awaitedBirths = fc.array(awaitedBirth, { minLength: 1, maxLength: TRACKS }).map((all) => all.flat())
const restart = fc.record({
  op: fc.constant('restart' as const),
  how: fc.constantFrom<Death>('term', 'kill'),
  isFinishing: fc.boolean(),
})

export const sequences: fc.Arbitrary<readonly Op[]> = fc.oneof(
  { weight: SEQUENCES_PER_RESTART - 1, arbitrary: ops },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ops, awaitedBirths, restart, ops)
      .map(([before, born, death, after]) => [...before, ...born, death, ...after]),
  },
)
