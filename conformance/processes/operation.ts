/**
 * The operations that are tried, as plain data, so that they shrink. A process is meant by its place among those that run,
 * a number by its place among those that were ever given out: what an operation means is settled when its turn comes, and
 * one that nobody could carry out then is left out on both sides.
 */
import fc from 'fast-check'

export type Disposition = 'default' | 'ignored' | 'handled'

/** A pid that is named: of somebody who has it or once had it, or of nobody. */
export interface Aim {
  readonly at: 'member' | 'past' | 'group' | 'own group' | 'all' | 'nobody'
  readonly nth: number
}

export type Op =
  | { op: 'open'; initReaps: boolean; prelude: number; pidMax: number | undefined }
  | { op: 'close'; ns: number }
  | { op: 'spawn'; who: number; ownGroup: boolean; uid: number; exec: boolean }
  | { op: 'enter'; ns: number; uid: number }
  | { op: 'burn'; ns: number }
  | { op: 'lastPid'; ns: number; before: number | undefined; n: number }
  | { op: 'setpgid'; who: number; aim: Aim }
  | { op: 'setsid'; who: number }
  | { op: 'disposition'; who: number; signal: string; disposition: Disposition }
  | { op: 'kill'; who: number; aim: Aim; signal: string | 0; outside: boolean }
  | { op: 'exit'; who: number; code: number; evenInit: boolean }
  | { op: 'crash'; who: number; signal: 'SIGSEGV' | 'SIGKILL'; evenInit: boolean }
  | { op: 'wait'; who: number; aim: Aim }

/** Below 0: counted from the youngest. */
const YOUNGEST = -1
const STEPS_MAX = 90
const SMALL_PID_MAX = 304

/** Those that end a process, that stop it, that are nothing by default, that dump its memory, and no signal at all. */
const SIGNALS = [
  ...['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGPIPE', 'SIGALRM', 'SIGIO'],
  ...['SIGSTOP', 'SIGTSTP', 'SIGTTIN'],
  ...['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH'],
  ...['SIGQUIT', 'SIGSEGV', 'SIGSYS'],
]
const who = fc.oneof({ weight: 3, arbitrary: fc.nat(11) }, { weight: 1, arbitrary: fc.constant(YOUNGEST) })
const ns = fc.nat(2)
const uid = fc.constantFrom(0, 0, 0, 7, 8)
const rarely = fc.nat(11).map((n) => n === 11)
const sometimes = fc.nat(3).map((n) => n === 3)
const changeable = fc.constantFrom(...SIGNALS)
const signal = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...SIGNALS) },
  { weight: 8, arbitrary: fc.constantFrom('SIGKILL', 'SIGSTOP', 'SIGCONT', 'SIGTERM') },
  { weight: 3, arbitrary: fc.constantFrom(0 as const, 'SIGNOPE') },
)
const aimed = (...weights: [Aim['at'], number][]): fc.Arbitrary<Aim> =>
  fc.record({
    at: fc.oneof(...weights.map(([at, weight]) => ({ weight, arbitrary: fc.constant(at) }))),
    nth: fc.nat(11),
  })

const opening = fc.record({
  op: fc.constant('open' as const),
  initReaps: fc.boolean(),
  prelude: fc.constantFrom(0, 0, 6, 296, 299),
  pidMax: fc.option(fc.constant(SMALL_PID_MAX), { nil: undefined, freq: 3 }),
})

const single: fc.Arbitrary<Op> = fc.oneof(
  { weight: 1, arbitrary: opening },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('close' as const), ns, sure: sometimes }).map(closing) },
  {
    weight: 24,
    arbitrary: fc.record({ op: fc.constant('spawn' as const), who, ownGroup: sometimes, uid, exec: rarely }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('enter' as const), ns, uid }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('burn' as const), ns }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('lastPid' as const),
      ns,
      before: fc.option(fc.nat(11), { nil: undefined, freq: 4 }),
      n: fc.constantFrom(0, 298, 299, 300, 301, -1, -2),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('setpgid' as const),
      who,
      aim: aimed(['own group', 4], ['group', 5], ['member', 2], ['past', 1], ['nobody', 1], ['all', 1]),
    }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('setsid' as const), who }) },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('disposition' as const),
      who,
      signal: fc.oneof(
        { weight: 8, arbitrary: changeable },
        { weight: 2, arbitrary: fc.constantFrom('SIGCHLD', 'SIGHUP', 'SIGCONT') },
        { weight: 1, arbitrary: fc.constantFrom('SIGKILL', 'SIGSTOP', 'SIGNOPE') },
      ),
      disposition: fc.constantFrom<Disposition>('default', 'ignored', 'handled'),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      op: fc.constant('kill' as const),
      who,
      aim: aimed(['member', 18], ['past', 3], ['group', 7], ['own group', 1], ['all', 1], ['nobody', 1]),
      signal,
      outside: rarely,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('exit' as const),
      who,
      code: fc.constantFrom(0, 3, 255, 300, -1),
      evenInit: rarely,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('crash' as const),
      who,
      signal: fc.constantFrom('SIGSEGV' as const, 'SIGKILL' as const),
      evenInit: rarely,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      op: fc.constant('wait' as const),
      who,
      aim: aimed(['all', 5], ['member', 4], ['past', 1], ['nobody', 1]),
    }),
  },
)

/** A shell with a stopped job and perhaps more, in which single operations seldom result. */
const job = fc
  .tuple(who, uid, fc.subarray(['session', 'handler', 'member', 'child', 'term', 'purge']))
  .map(([who, uid, extras]): Op[] => {
    const child = { op: 'spawn', who: YOUNGEST, ownGroup: false, uid, exec: false } as const
    const aim = { at: 'member', nth: YOUNGEST } as const
    const signal = { op: 'kill', who, aim, outside: false } as const
    const handler = { op: 'disposition', who: YOUNGEST, disposition: 'handled' } as const
    return [
      { ...child, who, ownGroup: extras.includes('session') },
      child,
      { op: 'setpgid', who: YOUNGEST, aim: { at: 'own group', nth: 0 } },
      ...(extras.includes('member') ? [child] : []),
      ...(extras.includes('handler') ? [{ ...handler, signal: 'SIGHUP' }] : []),
      ...(extras.includes('child') ? [{ ...handler, signal: 'SIGCHLD' }, child] : []),
      { ...signal, signal: 'SIGSTOP' },
      ...(extras.includes('term') ? [{ ...signal, signal: 'SIGTERM' }] : []),
      ...(extras.includes('purge') ? [{ ...signal, aim: { at: 'all', nth: 0 } as const, signal: 'SIGHUP' }] : []),
    ]
  })

/** An init that is stopped while somebody dies. */
const nap = fc.constantFrom('SIGCONT', 'SIGTERM').map((next): Op[] => {
  const signal = { op: 'kill', who: 0, aim: { at: 'member', nth: 0 }, outside: true } as const
  const death = { op: 'exit', who: YOUNGEST, code: 3, evenInit: false } as const
  return [{ ...signal, signal: 'SIGSTOP' }, death, { ...signal, signal: next }]
})

const steps = fc.oneof(
  { weight: 90, arbitrary: single.map((each) => [each]) },
  { weight: 3, arbitrary: job },
  { weight: 1, arbitrary: nap },
)

export const sequences: fc.Arbitrary<readonly Op[]> = fc
  .tuple(opening, fc.array(steps, { minLength: 1, maxLength: STEPS_MAX, size: 'max' }))
  .map(([first, rest]) => [first, ...rest.flat()])

/** The end of a namespace is the end of most of what could be seen: let it be rare. */
function closing({ ns, sure }: { ns: number; sure: boolean }): Op {
  return sure ? { op: 'close', ns } : { op: 'burn', ns }
}
