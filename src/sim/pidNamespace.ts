// A pid namespace: which numbers are in use, by what, and which one comes next.
//
// The next number is the last one plus one, skipping numbers in use, wrapping at pidMax (which is never given out) to
// 300; before the first pass of 300 the floor is the bottom (B1). Every namespace starts again at 1, which is why a
// restarted container gives the same small numbers to other processes (B2, B3). Linux refuses a pidMax below 301; here
// it may be tiny, and then the rule above wraps to 2, so that reuse and exhaustion can be had in a short run.
//
// A number is in use while a process holds it, as a zombie too, and while it names a process group or a session that
// has a member (B5). `UsedNumber` is the kernel's `struct pid`: it counts all three uses and is freed with the last.

import { type Disposition, type SignalName, SignalState, signalNumber } from './signals.ts'

/** RESERVED_PIDS in the kernel: below it, numbers are given out only before a namespace's first pass (B1). */
export const RESERVED_PIDS = 300
/** The kernel's limit for a new namespace on 64 bits (B2). */
export const PID_MAX_DEFAULT = 4_194_304
const INIT_PID = 1

export type ProcessState = 'running' | 'stopped' | 'zombie' | 'reaped'

/** As Node reports it: exactly one of the two is null. */
export interface Exit {
  readonly code: number | null
  readonly signal: SignalName | null
}

/** One process; its identity is the generation, which is never reused. Only the table changes it. */
export interface SimProcess {
  readonly generation: number
  readonly ns: PidNamespace
  readonly pid: number
  /** Undefined for the init, and for a process that entered the namespace from outside. */
  readonly parent: SimProcess | undefined
  /** 0 where the parent stands outside the namespace. */
  readonly ppid: number
  readonly pgid: number
  readonly sid: number
  readonly uid: number
  /** In ticks of 10 ms: two processes that hold a number in turn within one tick look alike (B7). */
  readonly startTick: number
  readonly env: Readonly<Record<string, string>>
  readonly label: string
  readonly state: ProcessState
  /** Set at death, and kept after the process has been reaped. */
  readonly exit: Exit | undefined
  /** Sent while stopped and waiting for SIGCONT, by signal number. */
  readonly pending: readonly SignalName[]
  disposition(signal: SignalName): Disposition
}

export interface Birth {
  readonly parent: Member | undefined
  readonly ownGroup: boolean
  readonly uid: number
  readonly env: Readonly<Record<string, string>>
  readonly label: string
}

/** A handle; the table's verbs take it. */
export interface PidNamespace {
  /** Counts from 1 in the order of opening. */
  readonly id: number
  readonly pidMax: number
  readonly initReaps: boolean
  readonly init: SimProcess
  readonly lastPid: number
  readonly closed: boolean
}

/** What the table keeps of a process behind the interface that others see. */
export class Member implements SimProcess {
  readonly generation: number
  readonly ns: NumberSpace
  readonly number: UsedNumber
  readonly uid: number
  readonly startTick: number
  readonly env: Readonly<Record<string, string>>
  readonly label: string
  readonly signals: SignalState
  /** Own children in the order of birth, adopted ones behind those that were there when they came. */
  readonly children: Member[] = []
  parent: Member | undefined
  group: UsedNumber
  session: UsedNumber
  state: ProcessState = 'running'
  exit: Exit | undefined = undefined
  /** Whether its death has been carried out: its children have passed on, its group has lost it. */
  hasLeft = false

  constructor(generation: number, ns: NumberSpace, number: UsedNumber, startTick: number, birth: Birth) {
    this.generation = generation
    this.ns = ns
    this.number = number
    this.uid = birth.uid
    this.startTick = startTick
    this.env = birth.env
    this.label = birth.label
    this.parent = birth.parent
    this.signals = new SignalState(birth.parent?.signals)
    const leads = birth.ownGroup || birth.parent === undefined
    this.group = leads ? number : birth.parent.group
    this.session = leads ? number : birth.parent.session
  }

  get pid(): number {
    return this.number.value
  }

  get ppid(): number {
    return this.parent === undefined ? 0 : this.parent.pid
  }

  get pgid(): number {
    return this.group.value
  }

  get sid(): number {
    return this.session.value
  }

  get pending(): readonly SignalName[] {
    return this.signals.pending()
  }

  get isInit(): boolean {
    return this.ns.init === this
  }

  get isInOrphanedGroup(): boolean {
    return this.group.isOrphanedWithout(undefined)
  }

  disposition(signal: SignalName): Disposition {
    return this.signals.disposition(signalNumber(signal)!)
  }
}

export class UsedNumber {
  readonly value: number
  holder: Member | undefined
  /** The members of the group with this number, by generation. */
  readonly group: Member[] = []
  sessionSize = 0

  constructor(value: number) {
    this.value = value
  }

  get isUnused(): boolean {
    return this.holder === undefined && this.group.length === 0 && this.sessionSize === 0
  }

  /** No member, but for `leaving` and those that have left, has a parent in another group of the same session (setpgid(2)). */
  isOrphanedWithout(leaving: Member | undefined): boolean {
    return this.group.every((member) => {
      if (member === leaving || member.hasLeft) return true
      const parent = member.parent
      return parent === undefined || parent.group === this || parent.session !== member.session
    })
  }

  get hasStoppedMember(): boolean {
    return this.group.some((member) => member.state === 'stopped')
  }
}

export class NumberSpace implements PidNamespace {
  readonly id: number
  readonly pidMax: number
  readonly initReaps: boolean
  init!: Member
  lastPid = 0
  closed = false
  /** In the order of birth: a number enters with its process and cannot be given again before it has left. */
  readonly #used = new Map<number, UsedNumber>()

  constructor(id: number, pidMax: number, initReaps: boolean) {
    this.id = id
    this.pidMax = pidMax
    this.initReaps = initReaps
  }

  /** The next number, which the cursor then stands on; undefined when all are in use. */
  next(): number | undefined {
    const floor = this.lastPid < RESERVED_PIDS ? INIT_PID : RESERVED_PIDS
    const ahead = Math.max(floor, this.lastPid + 1)
    const pid = this.#firstUnused(ahead, this.pidMax) ?? this.#firstUnused(floor, Math.min(ahead, this.pidMax))
    if (pid !== undefined) this.lastPid = pid
    return pid
  }

  #firstUnused(from: number, end: number): number | undefined {
    for (let pid = from; pid < end; pid++) if (!this.#used.has(pid)) return pid
    return undefined
  }

  at(pid: number): UsedNumber | undefined {
    return this.#used.get(pid)
  }

  /** The processes that hold a number, by generation. */
  members(): Member[] {
    const members: Member[] = []
    for (const { holder } of this.#used.values()) if (holder !== undefined) members.push(holder)
    return members
  }

  /** A newborn takes its number and joins the group and the session that it was born into. */
  hold(member: Member): void {
    this.#used.set(member.pid, member.number)
    member.number.holder = member
    this.#join(member)
  }

  move(member: Member, group: UsedNumber, session: UsedNumber): void {
    const { group: oldGroup, session: oldSession } = member
    this.#part(member)
    member.group = group
    member.session = session
    this.#join(member)
    this.#freeUnused(oldGroup)
    this.#freeUnused(oldSession)
  }

  /** The end of a reaped process: its number is free at once, unless its group or session lives on (B5). */
  release(member: Member): void {
    member.number.holder = undefined
    this.#part(member)
    this.#freeUnused(member.number)
    this.#freeUnused(member.group)
    this.#freeUnused(member.session)
  }

  #join(member: Member): void {
    member.session.sessionSize++
    const { group } = member.group
    const younger = group.findIndex((other) => other.generation > member.generation)
    if (younger < 0) group.push(member)
    else group.splice(younger, 0, member)
  }

  #part(member: Member): void {
    member.session.sessionSize--
    const { group } = member.group
    group.splice(group.indexOf(member), 1)
  }

  #freeUnused(number: UsedNumber): void {
    if (number.isUnused) this.#used.delete(number.value)
  }
}
