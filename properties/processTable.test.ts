// The simulated process table against the facts of the kernel, one example per row (B1–B15), then against a naive
// model on random sequences in pid spaces so small that reuse and exhaustion happen all the time. The last part plants
// mistakes in the table's source and demands that the same comparison finds every one of them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mistakes } from '../conformance/processes/mistakes.ts'
import { tableWith } from '../conformance/processes/plantedTable.ts'
import {
  type Delivery,
  type Disposition,
  type PidNamespace,
  ProcessTable,
  type SignalName,
  type SimProcess,
} from '../src/sim/processTable.ts'
import {
  type Errno,
  type Kernel,
  NaiveKernel,
  numbersLookedAt,
  type Sender,
  SIGNAL_NAMES,
  type Status,
  type Told,
  type View,
} from './support/processTableModel.ts'

const SEQUENCES = 2000
const SEQUENCES_PER_MUTANT_MAX = 4000
const STEPS_PER_SEQUENCE_MAX = 40
const SEED = seedFrom(process.env.STRANDLINE_SEED ?? '1')
const ROOT = { uid: 0 }

describe('what the kernel does', () => {
  test('B1: numbers go up, wrap to 300, and to the bottom only before the first pass of 300', () => {
    const { table, ns, child } = machine({ pidMax: 304 })
    table.setLastPid(ns, 301)
    expect([child().pid, child().pid, child().pid, child().pid]).toEqual([302, 303, 300, 301])
    expect(spawn(table, ns, ns.init)).toBe('EAGAIN')
    table.setLastPid(ns, 298)
    expect([child().pid, child().pid]).toEqual([299, 2])
  })

  test('B1: a tiny space wraps to 2, skips what is in use, and is exhausted before pidMax', () => {
    const { table, ns, child } = machine({ pidMax: 5 })
    const [second, third] = [child(), child()]
    expect(child().pid).toBe(4)
    expect(spawn(table, ns, ns.init)).toBe('EAGAIN')
    expect(table.burnPid(ns)).toBe('EAGAIN')
    end(table, third)
    end(table, second)
    expect([child().pid, child().pid]).toEqual([2, 3])
  })

  test('B2: every namespace starts again at 1, and ns_last_pid sets the next number', () => {
    const { table, ns, child } = machine({})
    const other = table.openNamespace({ initReaps: true, initUid: 0, nowUs: 0 })
    expect([ns.init.pid, other.init.pid]).toEqual([1, 1])
    expect([child().pid, born(spawn(table, other, other.init)).pid]).toEqual([2, 2])
    expect(ns.init.generation).not.toBe(other.init.generation)
    table.setLastPid(ns, 34)
    expect(child().pid).toBe(35)
    table.setLastPid(ns, 34)
    expect(child().pid).toBe(36)
  })

  test('B3: threads of the init and failed spawns use numbers up, so that a restart gives the same ones again', () => {
    const table = new ProcessTable()
    for (const _ of ['first start', 'restart']) {
      const ns = table.openNamespace({ initReaps: false, initUid: 0, nowUs: 0, prelude: 6 })
      expect(born(spawn(table, ns, ns.init)).pid).toBe(8)
      expect(table.burnPid(ns)).toBe(9)
      expect(born(spawn(table, ns, ns.init)).pid).toBe(10)
      table.closeNamespace(ns)
    }
  })

  test('B5: a zombie keeps its number and answers ok; reaped, its number is free at once', () => {
    const { table, ns, child } = machine({ pidMax: 4 })
    const victim = child()
    table.exit(victim, { code: 3, signal: null })
    child()
    expect(spawn(table, ns, ns.init)).toBe('EAGAIN')
    expect(table.kill(ROOT, ns, 2, 0).result).toBe('ok')
    expect(effects(table.kill(ROOT, ns, 2, 'SIGKILL'))).toEqual(['2 SIGKILL none'])
    expect(table.reap(ns.init, 2)).toEqual({ process: victim, exit: { code: 3, signal: null } })
    expect(table.kill(ROOT, ns, 2, 0).result).toBe('ESRCH')
    expect(child().pid).toBe(2)
  })

  test('B5: a reaped leader leaves its number to its group as long as that has a member', () => {
    const { table, ns, child } = machine({ pidMax: 4 })
    const leader = child({ ownGroup: true })
    const member = born(spawn(table, ns, leader))
    end(table, leader)
    expect(table.kill(ROOT, ns, 2, 0).result).toBe('ESRCH')
    expect(table.kill(ROOT, ns, -2, 0).result).toBe('ok')
    expect(table.group(ns, 2)).toEqual([member])
    expect(spawn(table, ns, ns.init)).toBe('EAGAIN')
    end(table, member)
    expect(table.kill(ROOT, ns, -2, 0).result).toBe('ESRCH')
    expect(child().pid).toBe(2)
  })

  test('B5: so does a session, whose members may be in other groups', () => {
    const { table, ns, child } = machine({ pidMax: 4 })
    const leader = child({ ownGroup: true })
    const member = born(spawn(table, ns, leader))
    expect(table.setpgid(member, 0)).toBe('ok')
    end(table, leader)
    expect(table.kill(ROOT, ns, -2, 0).result).toBe('ESRCH')
    expect(spawn(table, ns, ns.init)).toBe('EAGAIN')
    end(table, member)
    expect(child().pid).toBe(2)
  })

  test('B6: a reused number answers for a stranger; EPERM where another uid holds it, zombie or not', () => {
    const { table, ns, child } = machine({ pidMax: 3 })
    const asked = child({ uid: 1000 })
    end(table, asked)
    const stranger = child({ uid: 1001 })
    expect(stranger.pid).toBe(asked.pid)
    expect(table.at(ns, asked.pid)?.generation).toBe(stranger.generation)
    expect(table.kill(ROOT, ns, asked.pid, 0).result).toBe('ok')
    expect(table.kill({ uid: 1000 }, ns, asked.pid, 0).result).toBe('EPERM')
    table.exit(stranger, { code: 0, signal: null })
    expect(table.kill({ uid: 1000 }, ns, asked.pid, 'SIGKILL').result).toBe('EPERM')
    table.reap(ns.init)
    expect(table.kill({ uid: 1000 }, ns, asked.pid, 0).result).toBe('ESRCH')
    expect(table.kill({ uid: 1000 }, ns, asked.pid, 'SIGNOPE').result).toBe('EINVAL')
  })

  test('B6: kill(-1) reaches everybody but the init and the caller, and answers ok even if all were strangers', () => {
    const { table, ns, child } = machine({})
    const [caller, friend, stranger] = [child({ uid: 7 }), child({ uid: 7 }), child({ uid: 8 })]
    expect(effects(table.kill({ uid: 7, process: caller }, ns, -1, 'SIGTERM'))).toEqual(['3 SIGTERM died'])
    expect([caller.state, friend.state, stranger.state]).toEqual(['running', 'zombie', 'running'])
    expect(table.kill({ uid: 9 }, ns, -1, 'SIGTERM')).toEqual({ result: 'ok', delivered: [] })
  })

  test('B7: a number reused within 10 ms has the same start time, and another generation', () => {
    const { table, child } = machine({ pidMax: 3 })
    const first = child({ nowUs: 20_000 })
    end(table, first)
    const second = child({ nowUs: 29_999 })
    end(table, second)
    const third = child({ nowUs: 30_000 })
    expect([first, second, third].map((each) => [each.pid, each.startTick])).toEqual([
      [2, 2],
      [2, 2],
      [2, 3],
    ])
    expect(new Set([first.generation, second.generation, third.generation]).size).toBe(3)
  })

  test.each([
    { initReaps: false, answer: 'ok', state: 'zombie' },
    { initReaps: true, answer: 'ESRCH', state: 'reaped' },
  ])('B8: an orphan passes to the init; where initReaps is $initReaps it ends as $state', (profile) => {
    const { table, ns, child } = machine({ initReaps: profile.initReaps })
    const parent = child()
    const orphan = born(spawn(table, ns, parent, { ownGroup: true }))
    end(table, parent)
    expect([orphan.state, orphan.ppid]).toEqual(['running', 1])
    table.exit(orphan, { code: 0, signal: null })
    expect(orphan.state).toBe(profile.state)
    expect(table.kill(ROOT, ns, orphan.pid, 0).result).toBe(profile.answer)
    expect(table.kill(ROOT, ns, -orphan.pid, 0).result).toBe(profile.answer)
  })

  test('B9: a group answers for one member that may be signalled, for zombies alone, and not for who has left', () => {
    const { table, ns, child } = machine({})
    const leader = child({ ownGroup: true, uid: 7 })
    const stranger = born(spawn(table, ns, leader, { uid: 8 }))
    const escaped = born(spawn(table, ns, leader, { uid: 7 }))
    expect(table.setsid(escaped)).toBe('ok')
    expect(effects(table.kill({ uid: 7 }, ns, -leader.pid, 'SIGKILL'))).toEqual(['2 SIGKILL died'])
    expect([stranger.state, escaped.state]).toEqual(['running', 'running'])
    expect(table.kill({ uid: 9 }, ns, -leader.pid, 0).result).toBe('EPERM')
    table.exit(stranger, { code: 0, signal: null })
    expect(effects(table.kill({ uid: 7 }, ns, -leader.pid, 'SIGTERM'))).toEqual(['2 SIGTERM none'])
  })

  test('B9: children inherit that a signal is ignored, and no handlers', () => {
    const { table, ns, child } = machine({})
    const parent = child()
    table.setDisposition(parent, 'SIGTERM', 'ignored')
    table.setDisposition(parent, 'SIGHUP', 'handled')
    const heir = born(spawn(table, ns, parent))
    expect([heir.disposition('SIGTERM'), heir.disposition('SIGHUP')]).toEqual(['ignored', 'default'])
    expect(effects(table.kill(ROOT, ns, heir.pid, 'SIGTERM'))).toEqual(['3 SIGTERM ignored'])
    expect(table.setDisposition(parent, 'SIGKILL', 'ignored')).toBe('EINVAL')
  })

  test('B10: a stopped process keeps SIGTERM until SIGCONT, and dies of SIGKILL at once', () => {
    const { table, ns, child } = machine({})
    const [patient, killed] = [child(), child()]
    table.kill(ROOT, ns, patient.pid, 'SIGSTOP')
    table.kill(ROOT, ns, killed.pid, 'SIGSTOP')
    expect(effects(table.kill(ROOT, ns, patient.pid, 'SIGTERM'))).toEqual(['2 SIGTERM pending'])
    expect([patient.state, patient.pending]).toEqual(['stopped', ['SIGTERM']])
    const woken = effects(table.kill(ROOT, ns, patient.pid, 'SIGCONT'))
    expect(woken).toEqual(['2 SIGCONT continued', '2 SIGTERM died'])
    table.kill(ROOT, ns, killed.pid, 'SIGTERM')
    expect(effects(table.kill(ROOT, ns, killed.pid, 'SIGKILL'))).toEqual(['3 SIGKILL died'])
    expect(killed.exit).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('B10: the death that orphans a group with a stopped member sends it SIGHUP and SIGCONT', () => {
    const { table, ns, child } = machine({})
    const shell = child({ ownGroup: true })
    const job = born(spawn(table, ns, shell))
    table.setpgid(job, 0)
    table.kill(ROOT, ns, job.pid, 'SIGSTOP')
    table.kill(ROOT, ns, job.pid, 'SIGTERM')
    const told = table.exit(shell, { code: 0, signal: null })
    expect(effects({ delivered: told })).toEqual(['3 SIGHUP pending', '3 SIGCONT continued', '3 SIGHUP died'])
    expect(job.exit).toEqual({ code: null, signal: 'SIGHUP' })
  })

  test('B10: a detached child had no tie to lose: it stays stopped when its parent dies', () => {
    const { table, ns, child } = machine({})
    const parent = child()
    const detached = born(spawn(table, ns, parent, { ownGroup: true }))
    table.kill(ROOT, ns, detached.pid, 'SIGSTOP')
    expect(table.exit(parent, { code: 0, signal: null })).toEqual([])
    expect(detached.state).toBe('stopped')
  })

  test('B11: the first fatal signal fixes the status; fifty of a kind while stopped arrive as one', () => {
    const { table, ns, child } = machine({})
    const victim = child()
    table.kill(ROOT, ns, victim.pid, 'SIGTERM')
    table.kill(ROOT, ns, victim.pid, 'SIGKILL')
    expect(victim.exit).toEqual({ code: null, signal: 'SIGTERM' })
    const deaf = child()
    table.setDisposition(deaf, 'SIGTERM', 'handled')
    table.kill(ROOT, ns, deaf.pid, 'SIGTERM')
    table.kill(ROOT, ns, deaf.pid, 'SIGKILL')
    expect(deaf.exit).toEqual({ code: null, signal: 'SIGKILL' })
    const stopped = child()
    table.setDisposition(stopped, 'SIGUSR1', 'handled')
    table.kill(ROOT, ns, stopped.pid, 'SIGSTOP')
    for (let n = 0; n < 50; n++) table.kill(ROOT, ns, stopped.pid, 'SIGUSR1')
    const woken = effects(table.kill(ROOT, ns, stopped.pid, 'SIGCONT'))
    expect(woken).toEqual(['4 SIGCONT continued', '4 SIGUSR1 handled'])
  })

  test('B12: the init ignores what it does not handle, but SIGKILL from outside ends it and its namespace', () => {
    const { table, ns, child } = machine({})
    const [first, second] = [child(), child()]
    table.exit(first, { code: 0, signal: null })
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSTOP'])
      expect(effects(table.kill(ROOT, ns, 1, signal))).toEqual([`1 ${signal} ignored`])
    const outside = { uid: 0, fromOutside: true }
    expect(effects(table.kill(outside, ns, 1, 'SIGTERM'))).toEqual(['1 SIGTERM ignored'])
    expect(effects(table.kill(outside, ns, 1, 'SIGKILL'))).toEqual(['1 SIGKILL died', '3 SIGKILL died'])
    expect([ns.closed, ns.init.state, first.state, second.state]).toEqual([true, 'reaped', 'reaped', 'reaped'])
    expect([first.exit, second.exit]).toEqual([
      { code: 0, signal: null },
      { code: null, signal: 'SIGKILL' },
    ])
    expect(table.kill(ROOT, ns, 3, 0).result).toBe('ESRCH')
    expect(spawn(table, ns, undefined)).toBe('ENOMEM')
  })

  test('B14: exit codes are cut to eight bits', () => {
    const { table, child } = machine({})
    const process = child()
    table.exit(process, { code: 300, signal: null })
    expect(process.exit).toEqual({ code: 44, signal: null })
  })

  test('B15: SIGTERM before the handler exists kills; afterwards it is handled; as pid 1 it is discarded', () => {
    const { table, ns, child } = machine({})
    const [early, late] = [child(), child()]
    table.setDisposition(late, 'SIGTERM', 'handled')
    expect(effects(table.kill(ROOT, ns, early.pid, 'SIGTERM'))).toEqual(['2 SIGTERM died'])
    expect(effects(table.kill(ROOT, ns, late.pid, 'SIGTERM'))).toEqual(['3 SIGTERM handled'])
    expect(effects(table.kill(ROOT, ns, 1, 'SIGTERM'))).toEqual(['1 SIGTERM ignored'])
    table.setDisposition(ns.init, 'SIGTERM', 'handled')
    expect(effects(table.kill(ROOT, ns, 1, 'SIGTERM'))).toEqual(['1 SIGTERM handled'])
  })

  test('whoever handles SIGCHLD is sent it for a child that ends, and while stopped keeps one for all', () => {
    const { table, ns, child } = machine({})
    const parent = child()
    table.setDisposition(parent, 'SIGCHLD', 'handled')
    const [first, second, third] = [1, 2, 3].map(() => born(spawn(table, ns, parent)))
    expect(effects({ delivered: table.exit(first!, { code: 0, signal: null }) })).toEqual(['2 SIGCHLD handled'])
    table.kill(ROOT, ns, parent.pid, 'SIGSTOP')
    for (const each of [second!, third!]) table.exit(each, { code: 0, signal: null })
    expect(parent.pending).toEqual(['SIGCHLD'])
    const woken = effects(table.kill(ROOT, ns, parent.pid, 'SIGCONT'))
    expect(woken).toEqual(['2 SIGCONT continued', '2 SIGCHLD handled'])
  })

  test('SIGCONT may be sent to every uid of the same session, and no other signal may', () => {
    const { table, ns, child } = machine({})
    const [caller, sibling, detached] = [child({ uid: 7 }), child({ uid: 8 }), child({ uid: 8, ownGroup: true })]
    const from = { uid: 7, process: caller }
    expect(table.kill(from, ns, sibling.pid, 'SIGCONT').result).toBe('ok')
    expect(table.kill(from, ns, sibling.pid, 'SIGTERM').result).toBe('EPERM')
    expect(table.kill(from, ns, detached.pid, 'SIGCONT').result).toBe('EPERM')
    expect(table.kill({ uid: 7 }, ns, sibling.pid, 'SIGCONT').result).toBe('EPERM')
  })

  test('a stopped init that reaps leaves zombies, and reaps them when it goes on', () => {
    const { table, ns, child } = machine({ initReaps: true })
    const outside = { uid: 0, fromOutside: true }
    const orphan = child()
    table.kill(outside, ns, 1, 'SIGSTOP')
    table.exit(orphan, { code: 0, signal: null })
    expect(orphan.state).toBe('zombie')
    table.kill(outside, ns, 1, 'SIGCONT')
    expect(orphan.state).toBe('reaped')
  })

  test('of several that die at once, each ties its group to the session until it has left itself', () => {
    const { table, ns, child } = machine({})
    const shell = child()
    const leader = born(spawn(table, ns, shell))
    table.setpgid(leader, 0)
    const stopped = born(spawn(table, ns, leader))
    table.kill(ROOT, ns, stopped.pid, 'SIGSTOP')
    const told = effects(table.kill({ uid: 0, process: ns.init }, ns, -1, 'SIGTERM'))
    expect(told).toEqual(['2 SIGTERM died', '3 SIGTERM died', '4 SIGTERM pending'])
    expect([stopped.state, stopped.ppid]).toEqual(['stopped', 1])
  })

  test('mistakes of the harness throw: what is not running cannot act', () => {
    const { table, ns, child } = machine({})
    const process = child()
    table.kill(ROOT, ns, process.pid, 'SIGSTOP')
    expect(() => table.exit(process, { code: 0, signal: null })).toThrow(
      'process 2 (pid 2, child, stopped) cannot exit',
    )
    table.exit(process, { code: null, signal: 'SIGKILL' })
    expect(() => spawn(table, ns, process)).toThrow('cannot spawn')
    expect(() => table.exit(ns.init, { code: 0, signal: 'SIGTERM' })).toThrow('either a code or a known signal')
    expect(() => table.kill(ROOT, ns, 0, 'SIGTERM')).toThrow('say which process calls')
    expect(() => machine({ pidMax: 1 })).toThrow('pidMax')
    table.closeNamespace(ns)
    expect(() => table.closeNamespace(ns)).toThrow('namespace 1 is closed')
  })
})

describe('against the naive model', () => {
  test(`${SEQUENCES} random sequences agree after every operation`, () => {
    fc.assert(
      fc.property(sequences, (ops) => {
        expect(firstDifference(ops, ProcessTable)).toBeUndefined()
      }),
      { seed: SEED, numRuns: SEQUENCES },
    )
  })

  test('the sequences reach what they are meant to reach', () => {
    const seen = new Set<string>()
    for (const ops of fc.sample(sequences, { seed: SEED, numRuns: 400 })) firstDifference(ops, ProcessTable, seen)
    expect([...seen].sort()).toEqual([...INTERESTING].sort())
  })
})

describe('planted mistakes', () => {
  test('the table built from its source without a mistake agrees', () => {
    expect(sequencesUntilFound(tableWith([]), 200)).toBeUndefined()
  })

  test.each(mistakes)('$story: found', (mistake) => {
    expect(sequencesUntilFound(tableWith([mistake]), SEQUENCES_PER_MUTANT_MAX)).toBeDefined()
  })
})

// ---- operations: plain data, so that they shrink; processes are meant by their place among those that run

type Op =
  | { op: 'open'; initReaps: boolean; initUid: number; prelude: number; pidMax: number }
  | { op: 'close'; ns: number }
  | { op: 'spawn'; who: number; entersFromOutside: boolean; ns: number; ownGroup: boolean; uid: number }
  | { op: 'burn'; ns: number }
  | { op: 'lastPid'; ns: number; n: number }
  | { op: 'setpgid'; who: number; pgid: number }
  | { op: 'setsid'; who: number }
  | { op: 'disposition'; who: number; signal: string; disposition: Disposition }
  | {
      op: 'kill'
      who: number
      named: boolean
      aim: number | undefined
      uid: number
      outside: boolean
      ns: number
      pid: number
      signal: string | 0
    }
  | { op: 'exit'; who: number; status: Status }
  | { op: 'reap'; who: number; pid: number | undefined }
  | { op: 'wait'; us: number }

const NAMESPACES_MAX = 3
const YOUNGEST = -1
const TINY = { min: -9, max: 9 }
const who = fc.nat(9)
const ns = fc.nat(NAMESPACES_MAX - 1)
const uid = fc.constantFrom(0, 0, 7, 8)
const signal = fc.constantFrom(...SIGNAL_NAMES, 'SIGSTOP', 'SIGCONT')
const rarely = fc.nat(11).map((n) => n === 7)
const status = fc.oneof(
  fc.constantFrom(0, 3, 300, -1).map((code) => ({ code, signal: null })),
  fc.constantFrom('SIGSEGV', 'SIGKILL').map((name) => ({ code: null, signal: name })),
)
const opening = fc.record({
  op: fc.constant('open' as const),
  initReaps: fc.boolean(),
  initUid: uid,
  space: fc.constantFrom(
    { prelude: 0, pidMax: 4 },
    { prelude: 0, pidMax: 6 },
    { prelude: 2, pidMax: 9 },
    { prelude: 6, pidMax: 12 },
    { prelude: 297, pidMax: 304 },
  ),
})
const open = opening.map(({ space, ...rest }): Op => ({ ...rest, ...space }))
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 1, arbitrary: open },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('close' as const), ns, sure: rarely }).map(closing) },
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant('spawn' as const),
      who,
      entersFromOutside: rarely,
      ns,
      ownGroup: fc.boolean(),
      uid,
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('burn' as const), ns }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('lastPid' as const), ns, n: fc.nat(9) }) },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('setpgid' as const), who, pgid: fc.integer({ min: -1, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('setsid' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('disposition' as const),
      who,
      signal,
      disposition: fc.constantFrom<Disposition>('default', 'ignored', 'handled'),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      op: fc.constant('kill' as const),
      who,
      named: fc.boolean(),
      aim: fc.option(who, { nil: undefined }),
      uid,
      outside: rarely,
      ns,
      pid: fc.integer(TINY),
      signal: fc.oneof(
        { weight: 9, arbitrary: signal },
        { weight: 1, arbitrary: fc.constantFrom(0 as const, 'SIGNOPE') },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('exit' as const), who, status }) },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('reap' as const), who, pid: fc.option(fc.nat(9), { nil: undefined }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('wait' as const), us: fc.nat(15_000) }) },
)
/** A shell with a stopped job and perhaps more, in which single operations seldom result. */
const extras = fc.subarray(['session', 'handler', 'member', 'term', 'purge'])
const job = fc.tuple(who, uid, ns, extras).map(([who, uid, ns, extras]): Op[] => {
  const child = { op: 'spawn', who: YOUNGEST, entersFromOutside: false, ns: 0, ownGroup: false, uid } as const
  const signal = { op: 'kill', who, named: false, aim: YOUNGEST, uid: 0, outside: false, ns: 0, pid: 1 } as const
  const handler = { op: 'disposition', who: YOUNGEST, signal: 'SIGHUP', disposition: 'handled' } as const
  return [
    { ...child, who, ownGroup: extras.includes('session') },
    child,
    { op: 'setpgid', who: YOUNGEST, pgid: 0 },
    ...(extras.includes('member') ? [child] : []),
    ...(extras.includes('handler') ? [handler] : []),
    { ...signal, signal: 'SIGSTOP' },
    ...(extras.includes('term') ? [{ ...signal, aim: who, signal: 'SIGTERM' }] : []),
    ...(extras.includes('purge') ? [{ ...signal, aim: undefined, ns, pid: -1, signal: 'SIGTERM' }] : []),
  ]
})
/** An init that is stopped while somebody dies. */
const nap = ns.map((ns): Op[] => {
  const signal = { op: 'kill', who: 0, named: false, aim: undefined, uid: 0, outside: true, ns, pid: 1 } as const
  const death = { op: 'exit', who: YOUNGEST, status: { code: 0, signal: null } } as const
  return [{ ...signal, signal: 'SIGSTOP' }, death, { ...signal, signal: 'SIGCONT' }]
})
const steps = fc.oneof(
  { weight: 60, arbitrary: op.map((each) => [each]) },
  { weight: 2, arbitrary: job },
  { weight: 1, arbitrary: nap },
)
const sequences = fc
  .tuple(open, fc.array(steps, { minLength: 1, maxLength: STEPS_PER_SEQUENCE_MAX, size: 'max' }))
  .map(([first, rest]) => [first, ...rest.flat()])

/** Closing a namespace ends most of what could be seen: let it be rare. */
function closing({ ns, sure }: { ns: number; sure: boolean }): Op {
  return sure ? { op: 'close', ns } : { op: 'burn', ns }
}

const INTERESTING = [
  'spawn EAGAIN',
  'spawn ENOMEM',
  'a number reused',
  'kill EINVAL',
  'kill EPERM',
  'kill ESRCH',
  'kill ok',
  'reap ECHILD',
  'reap running',
  'setpgid EINVAL',
  'setpgid EPERM',
  'setpgid ok',
  'setsid EPERM',
  'setsid ok',
  'disposition EINVAL',
  'continued',
  'died',
  'handled',
  'ignored',
  'none',
  'pending',
  'stopped',
  'hung up',
]

/**
 * Carries the operations out on both tables. Returns the first operation after which they disagree, or undefined.
 * An operation whose precondition fails in the model is skipped on both sides.
 */
function firstDifference(ops: readonly Op[], Table: typeof ProcessTable, seen?: Set<string>): string | undefined {
  const model = new NaiveKernel()
  const kernel = new TableAsKernel(Table)
  let nowUs = 0
  for (const op of ops) {
    if (op.op === 'wait') nowUs += op.us
    const act = resolve(op, model, nowUs)
    if (act === undefined) continue
    const wanted = act(model)
    if (seen !== undefined) note(op, wanted, model, seen)
    let found: unknown
    try {
      found = act(kernel)
    } catch (error) {
      return `${JSON.stringify(op)}: ${String(error)}`
    }
    const [expected, got] = [said(wanted, model.view()), said(found, kernel.view())]
    if (expected !== got) return `${JSON.stringify(op)}\nmodel ${expected}\ntable ${got}`
  }
  return undefined
}

function said(result: unknown, view: View): string {
  return JSON.stringify([result, view])
}

/** What the operation means in the model's present state, or undefined where nobody could carry it out. */
function resolve(op: Op, model: NaiveKernel, nowUs: number): ((kernel: Kernel) => unknown) | undefined {
  const running = model.bodies.filter((body) => body.state === 'running')
  const actor = 'who' in op ? meant(running, op.who) : undefined
  const index = 'ns' in op ? op.ns % model.spaces.length : (actor?.ns ?? 0)
  const { pidMax, closed } = model.spaces[index] ?? { pidMax: 0, closed: true }
  // In the space that wraps at 304, small numbers mean those around the wrap.
  const place = (n: number) => (pidMax > 300 && Math.abs(n) > 1 ? n + Math.sign(n) * 295 : n)
  const { generation } = actor ?? {}
  switch (op.op) {
    case 'open':
      if (model.spaces.length === NAMESPACES_MAX) return undefined
      return (kernel) => kernel.openNamespace(op.initReaps, op.initUid, op.prelude, op.pidMax, nowUs)
    case 'close':
      return closed ? undefined : (kernel) => kernel.closeNamespace(index)
    case 'spawn':
      if (op.entersFromOutside) return (kernel) => kernel.spawn(index, undefined, op.ownGroup, op.uid, nowUs)
      return actor && ((kernel) => kernel.spawn(actor.ns, generation, op.ownGroup, op.uid, nowUs))
    case 'burn':
      return (kernel) => kernel.burnPid(index)
    case 'lastPid':
      return closed ? undefined : (kernel) => kernel.setLastPid(index, Math.min(place(op.n), pidMax))
    case 'setpgid':
      return actor && ((kernel) => kernel.setpgid(actor.generation, place(op.pgid)))
    case 'setsid':
      return actor && ((kernel) => kernel.setsid(actor.generation))
    case 'disposition':
      return actor && ((kernel) => kernel.setDisposition(actor.generation, op.signal, op.disposition))
    case 'kill': {
      const sender = { uid: op.uid, outside: op.outside, generation: op.named ? generation : undefined }
      const aim = op.aim === undefined ? undefined : meant(running, op.aim)
      if (aim !== undefined) return (kernel) => kernel.kill(sender, aim.ns, op.pid < 0 ? -aim.pid : aim.pid, op.signal)
      if (op.pid === 0 && sender.generation === undefined) return undefined
      return (kernel) => kernel.kill(sender, index, place(op.pid), op.signal)
    }
    case 'exit': {
      // The end of an init is the end of its namespace: once in a while is enough.
      if (actor === undefined || (actor.pid === 1 && op.who !== 9)) return undefined
      return (kernel) => kernel.exit(actor.generation, op.status)
    }
    case 'reap':
      return actor && ((kernel) => kernel.reap(actor.generation, op.pid && place(op.pid)))
    case 'wait':
      return () => nowUs
  }
}

/** From 0 any of them, below it the youngest, the second youngest … */
function meant<T>(running: readonly T[], who: number): T | undefined {
  return running.at(who < 0 ? who : who % Math.max(1, running.length))
}

function note(op: Op, result: unknown, model: NaiveKernel, seen: Set<string>): void {
  const told = op.op === 'kill' ? (result as [string, Told[]])[1] : op.op === 'exit' ? (result as Told[]) : []
  const answer = op.op === 'kill' ? (result as [string, Told[]])[0] : result
  if (typeof answer === 'string' && `${op.op} ${answer}` !== 'disposition ok' && op.op !== 'burn')
    seen.add(`${op.op} ${answer}`)
  for (const [, signal, effect] of told) {
    seen.add(effect)
    if (op.op === 'exit' && signal === 'SIGHUP') seen.add('hung up')
  }
  const last = model.bodies.at(-1)
  if (model.bodies.some((body) => body !== last && body.ns === last?.ns && body.pid === last.pid)) {
    seen.add('a number reused')
  }
}

/** Puts the table behind the plain words of the model. */
class TableAsKernel implements Kernel {
  readonly #table: ProcessTable
  readonly #spaces: PidNamespace[] = []
  readonly #events: string[] = []

  constructor(Table: typeof ProcessTable) {
    const note = (event: string) => (process: SimProcess) => this.#events.push(`${event} ${process.generation}`)
    this.#table = new Table({ started: note('started'), died: note('died'), reaped: note('reaped') })
  }

  openNamespace(initReaps: boolean, initUid: number, prelude: number, pidMax: number, nowUs: number): void {
    this.#spaces.push(this.#table.openNamespace({ initReaps, initUid, prelude, pidMax, nowUs }))
  }

  closeNamespace(ns: number): readonly Told[] {
    return plain(this.#table.closeNamespace(this.#spaces[ns]!))
  }

  spawn(ns: number, parent: number | undefined, ownGroup: boolean, uid: number, nowUs: number): number | Errno {
    const mother = parent === undefined ? undefined : this.#at(parent)
    const child = spawn(this.#table, this.#spaces[ns]!, mother, { ownGroup, uid, nowUs })
    return typeof child === 'string' ? child : child.generation
  }

  burnPid(ns: number): number | Errno {
    return this.#table.burnPid(this.#spaces[ns]!)
  }

  setLastPid(ns: number, n: number): void {
    this.#table.setLastPid(this.#spaces[ns]!, n)
  }

  setpgid(generation: number, pgid: number): 'ok' | Errno {
    return this.#table.setpgid(this.#at(generation), pgid)
  }

  setsid(generation: number): 'ok' | Errno {
    return this.#table.setsid(this.#at(generation))
  }

  setDisposition(generation: number, signal: string, disposition: Disposition): 'ok' | Errno {
    return this.#table.setDisposition(this.#at(generation), signal, disposition)
  }

  kill(sender: Sender, ns: number, pid: number, signal: string | 0): [string, readonly Told[]] {
    const { uid, outside: fromOutside, generation } = sender
    const caller = generation === undefined ? { uid, fromOutside } : { uid, fromOutside, process: this.#at(generation) }
    const { result, delivered } = this.#table.kill(caller, this.#spaces[ns]!, pid, signal)
    return [result, plain(delivered)]
  }

  exit(generation: number, status: Status): readonly Told[] {
    return plain(this.#table.exit(this.#at(generation), status))
  }

  reap(parent: number, pid: number | undefined): [number, Status] | 'running' | Errno {
    const reaped = this.#table.reap(this.#at(parent), pid)
    return typeof reaped === 'string' ? reaped : [reaped.process.generation, reaped.exit]
  }

  view(): View {
    const table = this.#table
    const all: SimProcess[] = []
    for (let at = table.byGeneration(1); at !== undefined; at = table.byGeneration(all.length + 1)) all.push(at)
    const generations = (processes: readonly SimProcess[]) => processes.map((each) => each.generation)
    return {
      namespaces: this.#spaces.map((ns) => ({
        closed: ns.closed,
        lastPid: ns.lastPid,
        members: generations(table.members(ns)),
        numbers: numbersLookedAt(ns.pidMax).map((pid) => [
          pid,
          table.at(ns, pid)?.generation ?? 0,
          generations(table.group(ns, pid)),
        ]),
      })),
      processes: all.map((each) => ({
        generation: each.generation,
        ns: each.ns.id - 1,
        pid: each.pid,
        ppid: each.ppid,
        pgid: each.pgid,
        sid: each.sid,
        uid: each.uid,
        startTick: each.startTick,
        state: each.state,
        exit: each.exit,
        pending: [...each.pending],
        dispositions: SIGNAL_NAMES.map((name) => each.disposition(name as SignalName)),
      })),
      live: generations(table.live()),
      events: this.#events,
    }
  }

  #at(generation: number): SimProcess {
    return this.#table.byGeneration(generation)!
  }
}

function plain(delivered: readonly Delivery[]): Told[] {
  return delivered.map(({ process, signal, effect }) => [process.generation, signal, effect])
}

// ---- planted mistakes

function sequencesUntilFound(Table: typeof ProcessTable, sequencesMax: number): number | undefined {
  const agrees = fc.property(sequences, (ops) => firstDifference(ops, Table) === undefined)
  const { failed, numRuns } = fc.check(agrees, { seed: SEED, numRuns: sequencesMax, endOnFailure: true })
  return failed ? numRuns : undefined
}

// ---- words of the examples

interface Birth {
  ownGroup?: boolean
  uid?: number
  nowUs?: number
}

function machine(options: { pidMax?: number; initReaps?: boolean }) {
  const table = new ProcessTable()
  const ns = table.openNamespace({ initReaps: false, initUid: 0, nowUs: 0, ...options })
  return { table, ns, child: (birth?: Birth) => born(spawn(table, ns, ns.init, birth)) }
}

function spawn(table: ProcessTable, ns: PidNamespace, parent: SimProcess | undefined, birth: Birth = {}) {
  return table.spawn({ ns, parent, ownGroup: false, uid: 0, nowUs: 0, env: {}, label: 'child', ...birth })
}

function born(child: SimProcess | string): SimProcess {
  if (typeof child === 'string') throw new Error(`expected a child, got ${child}`)
  return child
}

/** Exits and is reaped by its parent. */
function end(table: ProcessTable, process: SimProcess): void {
  table.exit(process, { code: 0, signal: null })
  table.reap(process.parent!, process.pid)
}

function effects({ delivered }: { delivered: readonly Delivery[] }): string[] {
  return delivered.map(({ process, signal, effect }) => `${process.pid} ${signal} ${effect}`)
}

/** A number as it is, a commit hash by its first eight digits. */
function seedFrom(text: string): number {
  const seed = /^\d{1,9}$/.test(text) ? Number(text) : Number.parseInt(text.slice(0, 8), 16)
  if (!Number.isInteger(seed)) throw new Error(`STRANDLINE_SEED must be a number or a commit hash, not '${text}'`)
  return seed | 0
}
