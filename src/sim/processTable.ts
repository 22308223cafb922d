// The process table of a simulated Linux machine: who holds which pid, whom a signal reaches and what it does there.
//
// It exists because two of the four incidents are about names: a pid that is checked, signalled or stored by somebody
// who does not know that it has passed to another process. So the table keeps what Linux keeps, that a number is free
// as soon as it is reaped and the next container starts again at 1, and knows beside it what Linux does not: every
// process has a generation that is never reused, in any namespace.
//
// The rules, with the rows of the kernel specification that they come from:
// - B1, B2, B3, B5: which number is next, and what keeps one in use: see `pidNamespace.ts`.
// - B5, B6: a zombie can be signalled and answers ok; ESRCH means that nothing holds the number, EPERM that another
//   uid does. A group answers for any one member that may be signalled, zombies included (B9).
// - B8: children of the dead pass to the namespace's init. One that does not reap, as Node does not, keeps them as
//   zombies for ever.
// - B10: a process group that a death has orphaned while a member is stopped gets SIGHUP and SIGCONT.
// - B11: the first fatal signal fixes the status. B12: the end of the init is the end of its namespace.
// - B10, B11, B12, B15: what a signal does to the one process that it reaches: see `signals.ts`.
// What the comparison with the real kernel has added to them (docs/fidelity.md): whoever handles SIGCHLD is sent it for
// each child that ends or is adopted as a zombie; SIGCONT reaches all of the caller's session; an init that reaps does
// not while it is stopped; and of several that die at once each leaves its group by itself.
//
// Everything is synchronous and nothing is drawn: the same calls give the same table. A death may cause others; they
// are carried out in the order in which they were fixed, and what nobody waits for is reaped at the end. What code
// under test can provoke is answered with an errno name. What only a mistake in the harness can, such as a dead process
// that spawns, throws.
//
// Not modelled: threads (the numbers that they take at a start are skipped once, not held), subreapers, nested
// namespaces, blocked signals, real-time signals, and the SIGCHLD that a parent gets when a child stops or continues.

import {
  type Birth,
  type Exit,
  Member,
  NumberSpace,
  PID_MAX_DEFAULT,
  type PidNamespace,
  type SimProcess,
  UsedNumber,
} from './pidNamespace.ts'
import {
  type Disposition,
  deliver,
  type Effect,
  isUnchangeable,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  type SignalName,
  signalName,
  signalNumber,
} from './signals.ts'

export type { Exit, PidNamespace, ProcessState, SimProcess } from './pidNamespace.ts'
export type { Disposition, Effect, SignalName } from './signals.ts'

const TICK_US = 10_000

export interface NamespaceOptions {
  /** Whether the init waits for children that it has not started: tini does, Node does not. */
  readonly initReaps: boolean
  readonly initUid: number
  readonly nowUs: number
  readonly initEnv?: Readonly<Record<string, string>>
  readonly initLabel?: string
  /** How many numbers the init's threads took at its start, 0 by default. Node's take 6: its first child is 8 (B3). */
  readonly prelude?: number
  /** Numbers stay below it, as in Linux; 4,194,304 by default. */
  readonly pidMax?: number
}

export interface SpawnOptions {
  readonly ns: PidNamespace
  /** Undefined for a process that enters from outside, as `docker exec` does; it is reaped at once when it ends. */
  readonly parent: SimProcess | undefined
  /** The child calls setsid(2): Node's `detached`. Otherwise it is born into its parent's group and session. */
  readonly ownGroup: boolean
  readonly uid: number
  /** Kept, not copied. */
  readonly env: Readonly<Record<string, string>>
  readonly label: string
  readonly nowUs: number
}

export interface Caller {
  /** 0 may signal every process, others those of the same uid, and by SIGCONT those of the session of `process`. */
  readonly uid: number
  /** Stands in a parent namespace: its SIGKILL and SIGSTOP reach the init. */
  readonly fromOutside?: boolean
  /** Who calls: `kill(-1)` spares it, `kill(0)` means its group. */
  readonly process?: SimProcess
}

export interface Delivery {
  readonly process: SimProcess
  readonly signal: SignalName | 0
  readonly effect: Effect
}

export interface KillOutcome {
  readonly result: 'ok' | 'ESRCH' | 'EPERM' | 'EINVAL'
  /** Also what the deaths led to: the rest of a namespace, the SIGHUP and SIGCONT of an orphaned group. */
  readonly delivered: readonly Delivery[]
}

export interface Reaped {
  readonly process: SimProcess
  readonly exit: Exit
}

/** Told of each event once, while it happens: may read the table, must not change it. */
export interface ProcessObserver {
  started(process: SimProcess): void
  died(process: SimProcess): void
  reaped(process: SimProcess): void
}

/** The deaths that one call has fixed and not yet carried out, and all that was delivered on the way. */
interface Wave {
  readonly dead: Member[]
  /** An init that reaps and has been continued: it had left its zombies lying. */
  readonly awoken: Member[]
  readonly delivered: Delivery[]
}

const NOBODY = { delivered: [] } as const
const KILLED: Exit = { code: null, signal: 'SIGKILL' }

export class ProcessTable {
  readonly #observer: ProcessObserver | undefined
  /** All that were ever born; a generation is an index here, plus one. */
  readonly #born: Member[] = []
  readonly #live = new Map<number, Member>()
  #namespaces = 0

  constructor(observer?: ProcessObserver) {
    this.#observer = observer
  }

  /** A new namespace with its init, which is pid 1 and leads a session of its own. */
  openNamespace(options: NamespaceOptions): PidNamespace {
    const { prelude = 0, pidMax = PID_MAX_DEFAULT, initEnv = {}, initLabel = 'init' } = options
    if (!isWithin(pidMax, 2, Number.MAX_SAFE_INTEGER)) throw misuse(`pidMax must be an integer from 2, not ${pidMax}`)
    if (!isWithin(prelude, 0, pidMax - 2)) throw misuse(`a prelude of ${prelude} does not fit below pidMax ${pidMax}`)
    const ns = new NumberSpace(++this.#namespaces, pidMax, options.initReaps)
    const birth: Birth = { parent: undefined, ownGroup: true, uid: options.initUid, env: initEnv, label: initLabel }
    ns.init = this.#bear(ns, ns.next()!, birth, options.nowUs)
    ns.lastPid += prelude
    return ns
  }

  /** The init is killed from outside and everybody with it, at once (B12). Returns who died of it, the init first. */
  closeNamespace(ns: PidNamespace): readonly Delivery[] {
    const space = open(ns)
    const wave = newWave()
    this.#post(space.init, SIGKILL, true, wave)
    this.#carryOut(wave)
    return wave.delivered
  }

  /**
   * fork and exec in one step. EAGAIN: no number is free. ENOMEM: the namespace is closed, which only a process from
   * outside can meet (B12).
   */
  spawn(options: SpawnOptions): SimProcess | 'EAGAIN' | 'ENOMEM' {
    const { parent, nowUs } = options
    const ns = options.ns as NumberSpace
    if (parent !== undefined) {
      running(parent, 'spawn')
      if (parent.ns !== ns) throw misuse(`${told(parent)} cannot spawn into another namespace: leave the parent out`)
    }
    if (ns.closed) return 'ENOMEM'
    const pid = ns.next()
    if (pid === undefined) return 'EAGAIN'
    return this.#bear(ns, pid, options as Birth, nowUs)
  }

  /** A fork whose exec fails (ENOENT): the number is used up and free again (B3). Returns it. */
  burnPid(ns: PidNamespace): number | 'EAGAIN' | 'ENOMEM' {
    const space = ns as NumberSpace
    return space.closed ? 'ENOMEM' : (space.next() ?? 'EAGAIN')
  }

  /** Writes ns_last_pid: the next number is n + 1, if it is free (B2). */
  setLastPid(ns: PidNamespace, n: number): void {
    if (!isWithin(n, 0, ns.pidMax)) throw misuse(`the last pid must be from 0 to ${ns.pidMax}, not ${n}`)
    open(ns).lastPid = n
  }

  /** setpgid(2) by the process itself; 0 means its own pid. EPERM: it leads its session, or no such group in it. */
  setpgid(process: SimProcess, pgid: number): 'ok' | 'EPERM' | 'EINVAL' {
    const member = running(process, 'setpgid')
    if (pgid < 0) return 'EINVAL'
    const group = pgid === 0 ? member.number : member.ns.at(pgid)
    if (group === undefined || member.session === member.number) return 'EPERM'
    if (group !== member.number && group.group[0]?.session !== member.session) return 'EPERM'
    member.ns.move(member, group, member.session)
    return 'ok'
  }

  /** setsid(2): a session and a group of its own. EPERM: a group already has its number. */
  setsid(process: SimProcess): 'ok' | 'EPERM' {
    const member = running(process, 'setsid')
    if (member.number.group.length > 0) return 'EPERM'
    member.ns.move(member, member.number, member.number)
    return 'ok'
  }

  /** sigaction(2) by the process itself. EINVAL: no such signal, or SIGKILL or SIGSTOP. */
  setDisposition(process: SimProcess, signal: string, disposition: Disposition): 'ok' | 'EINVAL' {
    const member = running(process, 'setDisposition')
    const number = signalNumber(signal)
    if (number === undefined || isUnchangeable(number)) return 'EINVAL'
    member.signals.set(number, disposition)
    return 'ok'
  }

  /**
   * kill(2): pid > 0 is a process, 0 the caller's group, -1 everybody but the init and the caller, any other -pid a
   * group. An unknown signal is EINVAL before anything else, as Node refuses it before the call.
   */
  kill(caller: Caller, ns: PidNamespace, pid: number, signal: string | 0): KillOutcome {
    const number = signal === 0 ? 0 : signalNumber(signal)
    if (number === undefined) return { result: 'EINVAL', ...NOBODY }
    const targets = this.#targets(caller, ns as NumberSpace, pid)
    if (targets.length === 0) return { result: 'ESRCH', ...NOBODY }
    const wave = newWave()
    let refused = true
    for (const target of targets) {
      if (!maySignal(caller, target, number)) continue
      refused = false
      this.#post(target, number, caller.fromOutside === true, wave)
    }
    // A broadcast that found only strangers still answers ok (B6).
    if (refused && pid !== -1) return { result: 'EPERM', ...NOBODY }
    this.#carryOut(wave)
    return { result: 'ok', delivered: wave.delivered }
  }

  /**
   * The process ends by itself, or by a signal of the kernel's own (SIGSEGV, the SIGKILL of the OOM killer). Codes are
   * cut to 8 bits (B14). Returns what its end led to.
   */
  exit(
    process: SimProcess,
    status: { readonly code: number | null; readonly signal: string | null },
  ): readonly Delivery[] {
    const { code, signal } = status
    const number = signal === null ? 0 : signalNumber(signal)
    if ((code === null) === (signal === null) || number === undefined) {
      throw misuse(`an exit has either a code or a known signal, not ${code} and ${signal}`)
    }
    // A stopped process runs no code, but the kernel can still kill it.
    const member = number === SIGKILL && process.state === 'stopped' ? (process as Member) : running(process, 'exit')
    const wave = newWave()
    const exit = code === null ? { code, signal: signalName(number) } : { code: code & 0xff, signal: null }
    this.#fixDeath(member, exit, wave)
    this.#carryOut(wave)
    return wave.delivered
  }

  /**
   * waitpid(2) without blocking, for one child or for any, then the first zombie of its list. ECHILD: no such child.
   * 'running': none of them has ended.
   */
  reap(parent: SimProcess, pid?: number): Reaped | 'ECHILD' | 'running' {
    let found = false
    for (const child of running(parent, 'reap').children) {
      if (pid !== undefined && child.pid !== pid) continue
      found = true
      if (child.state !== 'zombie') continue
      this.#release(child)
      return { process: child, exit: child.exit! }
    }
    return found ? 'running' : 'ECHILD'
  }

  /** Who holds this number now, as a zombie too. */
  at(ns: PidNamespace, pid: number): SimProcess | undefined {
    return (ns as NumberSpace).at(pid)?.holder
  }

  /** All who hold a number of this namespace, by generation. */
  members(ns: PidNamespace): readonly SimProcess[] {
    return (ns as NumberSpace).members()
  }

  /** The members of a process group, zombies included, by generation; none for a group that does not exist. */
  group(ns: PidNamespace, pgid: number): readonly SimProcess[] {
    return (ns as NumberSpace).at(pgid)?.group.slice() ?? []
  }

  /** Any process that ever was, the reaped ones too. */
  byGeneration(generation: number): SimProcess | undefined {
    return this.#born[generation - 1]
  }

  /** The running and the stopped of all namespaces, by generation. */
  live(): readonly SimProcess[] {
    return [...this.#live.values()]
  }

  #bear(ns: NumberSpace, pid: number, birth: Birth, nowUs: number): Member {
    if (!isWithin(nowUs, 0, Number.MAX_SAFE_INTEGER)) throw misuse(`nowUs must be an integer from 0, not ${nowUs}`)
    const generation = this.#born.length + 1
    const member = new Member(generation, ns, new UsedNumber(pid), Math.floor(nowUs / TICK_US), birth)
    this.#born.push(member)
    this.#live.set(generation, member)
    ns.hold(member)
    birth.parent?.children.push(member)
    this.#observer?.started(member)
    return member
  }

  #targets(caller: Caller, ns: NumberSpace, pid: number): readonly Member[] {
    if (!Number.isSafeInteger(pid)) throw misuse(`a pid is an integer, not ${pid}`)
    if (pid > 0) {
      const holder = ns.at(pid)?.holder
      return holder === undefined ? [] : [holder]
    }
    if (pid === -1) return ns.members().filter((member) => !member.isInit && member !== caller.process)
    if (pid < 0) return ns.at(-pid)?.group ?? []
    if (caller.process === undefined) throw misuse('kill(0) means the group of the caller: say which process calls')
    return ns.at(caller.process.pgid)?.group ?? []
  }

  #post(target: Member, number: number, fromOutside: boolean, wave: Wave): void {
    deliver(target, number, fromOutside, (reached, effect) => {
      wave.delivered.push({ process: target, signal: reached === 0 ? 0 : signalName(reached), effect })
      if (effect === 'died') this.#fixDeath(target, { code: null, signal: signalName(reached) }, wave)
      if (effect === 'continued' && target.isInit && target.ns.initReaps) wave.awoken.push(target)
    })
  }

  /** From here on the status stands (B11), and nothing more reaches the process. */
  #fixDeath(member: Member, exit: Exit, wave: Wave): void {
    member.state = 'zombie'
    member.exit = exit
    member.signals.forgetAll()
    this.#live.delete(member.generation)
    wave.dead.push(member)
    this.#observer?.died(member)
  }

  /** What deaths do to others; the wave may grow on the way. Reaping comes last, or it would undo a death half told. */
  #carryOut(wave: Wave): void {
    const adopted: Member[] = []
    for (const member of wave.dead) {
      if (member.isInit) {
        this.#endNamespace(member.ns, wave)
        return
      }
      if (member.children.length > 0) this.#passOnChildren(member, adopted, wave)
      if (member.parent !== undefined) {
        this.#hangUpIfOrphaned(member, member.parent, member, wave)
        this.#notify(member.parent, wave)
      }
      member.hasLeft = true
    }
    for (const member of adopted) if (isReapedAtOnce(member)) this.#release(member)
    for (const member of wave.dead) if (isReapedAtOnce(member)) this.#release(member)
    for (const init of wave.awoken)
      for (const child of [...init.children]) if (isReapedAtOnce(child)) this.#release(child)
  }

  #passOnChildren(member: Member, adopted: Member[], wave: Wave): void {
    const { init } = member.ns
    for (const child of member.children.splice(0)) {
      child.parent = init
      init.children.push(child)
      adopted.push(child)
      if (child.state === 'zombie') this.#notify(init, wave)
      this.#hangUpIfOrphaned(child, member, undefined, wave)
    }
  }

  /** Whoever handles SIGCHLD is sent it for each child that ends; else it would be dropped. */
  #notify(parent: Member, wave: Wave): void {
    if (parent.state === 'zombie' || parent.signals.disposition(SIGCHLD) !== 'handled') return
    this.#post(parent, SIGCHLD, false, wave)
  }

  /**
   * B10, after kill_orphaned_pgrp in the kernel: `tie` was the parent that tied the group to its session. Those whose
   * death is fixed still count as long as it has not been carried out: each leaves by itself, one after the other.
   */
  #hangUpIfOrphaned(member: Member, tie: Member, leaving: Member | undefined, wave: Wave): void {
    const { group, session } = member
    if (tie.group === group || tie.session !== session) return
    if (!group.hasStoppedMember || !group.isOrphanedWithout(leaving)) return
    for (const number of [SIGHUP, SIGCONT]) {
      for (const other of group.group) if (other.state !== 'zombie') this.#post(other, number, false, wave)
    }
  }

  #endNamespace(ns: NumberSpace, wave: Wave): void {
    const members = ns.members()
    for (const member of members) {
      if (member.state === 'zombie') continue
      wave.delivered.push({ process: member, signal: 'SIGKILL', effect: 'died' })
      this.#fixDeath(member, KILLED, wave)
    }
    for (const member of members) if (!member.isInit) this.#release(member)
    this.#release(ns.init)
    ns.closed = true
  }

  #release(member: Member): void {
    member.state = 'reaped'
    const siblings = member.parent?.children
    siblings?.splice(siblings.indexOf(member), 1)
    member.ns.release(member)
    this.#observer?.reaped(member)
  }
}

/** By its uid; SIGCONT also within one's session, so that a shell can always continue its jobs (kill(2)). */
function maySignal({ uid, process }: Caller, target: Member, number: number): boolean {
  if (uid === 0 || uid === target.uid) return true
  return number === SIGCONT && process?.ns === target.ns && process.sid === target.sid
}

/**
 * Whoever ignores SIGCHLD leaves no zombies (wait(2)); nor does the outside, for those that entered from there, nor an
 * init that reaps, unless it is stopped.
 */
function isReapedAtOnce({ state, parent, ns }: Member): boolean {
  if (state !== 'zombie') return false
  if (parent === undefined) return true
  if (parent.isInit && ns.initReaps && parent.state === 'running') return true
  return parent.signals.disposition(SIGCHLD) === 'ignored'
}

function newWave(): Wave {
  return { dead: [], awoken: [], delivered: [] }
}

function open(ns: PidNamespace): NumberSpace {
  if (ns.closed) throw misuse(`namespace ${ns.id} is closed`)
  return ns as NumberSpace
}

function running(process: SimProcess, verb: string): Member {
  if (process.state !== 'running') throw misuse(`${told(process)} cannot ${verb}: only a running process can`)
  return process as Member
}

function told(process: SimProcess): string {
  return `process ${process.generation} (pid ${process.pid}, ${process.label}, ${process.state})`
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}

function misuse(message: string): Error {
  return new Error(`process table: ${message}`)
}
