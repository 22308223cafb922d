// Signals: their Linux numbers, what they do by default, what one process has decided about each of them, and what
// happens when one reaches it.
//
// Sets of signals are bit masks as in the kernel, bit n for signal n. A process starts with the signals its parent
// ignored still ignored and every handler gone, because exec keeps SIG_IGN and drops handlers (B9, B15): until the new
// program has installed its own handler, a SIGTERM kills it. A pending signal is a bit and no queue, so fifty SIGUSR1
// sent to a stopped process arrive once (B11). A stopped process keeps what it is sent until SIGCONT; only SIGKILL
// works at once (B10). The init of a namespace is reached by nothing that it does not handle, save SIGKILL and SIGSTOP
// from outside (B12). Row ids are those of the kernel specification.

const NUMBER_OF = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const

/** A Linux signal 1–31 by name; the aliases SIGIOT and SIGPOLL are understood and reported as SIGABRT and SIGIO. */
export type SignalName = keyof typeof NUMBER_OF

/** What a process does with a signal. `handled` means that its program has installed a handler. */
export type Disposition = 'default' | 'ignored' | 'handled'

export const { SIGHUP, SIGKILL, SIGCHLD, SIGCONT, SIGSTOP } = NUMBER_OF

const NAMES = Object.keys(NUMBER_OF) as SignalName[]
const NUMBERS = new Map<string, number>(Object.entries(NUMBER_OF))
NUMBERS.set('SIGIOT', NUMBER_OF.SIGABRT).set('SIGPOLL', NUMBER_OF.SIGIO)

const maskOf = (...names: SignalName[]): number => names.reduce((mask, name) => mask | (1 << NUMBER_OF[name]), 0)

const IGNORED_BY_DEFAULT = maskOf('SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH')
const STOPPING = maskOf('SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU')
const UNCHANGEABLE = maskOf('SIGKILL', 'SIGSTOP')
// The kernel hands out pending faults before all others (SYNCHRONOUS_MASK in kernel/signal.c).
const FAULTS = maskOf('SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGTRAP', 'SIGFPE', 'SIGSYS')

/** `pending`: kept until SIGCONT. `none`: signal 0, or the target was a zombie. */
export type Effect = 'died' | 'ignored' | 'handled' | 'stopped' | 'continued' | 'pending' | 'none'

/** The number of a signal name, or undefined where kill(2) would know no such signal. */
export function signalNumber(name: string): number | undefined {
  return NUMBERS.get(name)
}

/** The name of a signal number 1–31. */
export function signalName(number: number): SignalName {
  return NAMES[number - 1]!
}

/** Whether neither handler nor SIG_IGN can be set for this signal: SIGKILL and SIGSTOP. */
export function isUnchangeable(number: number): boolean {
  return (UNCHANGEABLE & (1 << number)) !== 0
}

/** The dispositions and the pending signals of one process. */
export class SignalState {
  #ignored: number
  #handled = 0
  #pending = 0

  constructor(parent: SignalState | undefined) {
    this.#ignored = parent === undefined ? 0 : parent.#ignored
  }

  disposition(number: number): Disposition {
    const bit = 1 << number
    if ((this.#handled & bit) !== 0) return 'handled'
    return (this.#ignored & bit) !== 0 ? 'ignored' : 'default'
  }

  set(number: number, disposition: Disposition): void {
    const bit = 1 << number
    this.#handled = disposition === 'handled' ? this.#handled | bit : this.#handled & ~bit
    this.#ignored = disposition === 'ignored' ? this.#ignored | bit : this.#ignored & ~bit
  }

  /** Whether the signal is dropped when it is sent, even to a stopped process: SIG_IGN, or ignored by default. */
  drops(number: number): boolean {
    return ((this.#ignored | (IGNORED_BY_DEFAULT & ~this.#handled)) & (1 << number)) !== 0
  }

  /** Makes it pending. */
  keep(number: number): void {
    this.#pending |= 1 << number
  }

  /** SIGCONT takes back every stop that has not yet happened. */
  forgetStops(): void {
    this.#pending &= ~STOPPING
  }

  forgetAll(): void {
    this.#pending = 0
  }

  /** Takes the pending signal that the kernel would hand out next: faults first, then the lowest number; 0 for none. */
  takeNext(): number {
    const faults = this.#pending & FAULTS
    const from = faults !== 0 ? faults : this.#pending
    if (from === 0) return 0
    const lowest = from & -from
    this.#pending &= ~lowest
    return 31 - Math.clz32(lowest)
  }

  /** The pending signals, by number. */
  pending(): SignalName[] {
    return NAMES.filter((_, index) => (this.#pending & (1 << (index + 1))) !== 0)
  }
}

/** What delivery needs to know of a process. */
export interface SignalTarget {
  state: 'running' | 'stopped' | 'zombie' | 'reaped'
  readonly signals: SignalState
  readonly isInit: boolean
  readonly isInOrphanedGroup: boolean
}

/** Told each thing that a signal did; on 'died' it must end the target and clear what is pending. */
export type Tell = (number: number, effect: Effect) => void

/** One signal, or 0, reaches one process. SIGCONT may hand out others that were kept. */
export function deliver(target: SignalTarget, number: number, fromOutside: boolean, tell: Tell): void {
  if (number === 0 || target.state === 'zombie') tell(number, 'none')
  else if (number === SIGCONT) proceed(target, tell)
  else if (target.signals.drops(number) || isShielded(target, number, fromOutside)) tell(number, 'ignored')
  else if (target.state === 'stopped' && number !== SIGKILL) {
    target.signals.keep(number)
    tell(number, 'pending')
  } else act(target, number, tell)
}

/** The init's shield: what it has no handler for does not reach it (B12). */
function isShielded(target: SignalTarget, number: number, fromOutside: boolean): boolean {
  if (!target.isInit || target.signals.disposition(number) === 'handled') return false
  return !(fromOutside && isUnchangeable(number))
}

/** SIGCONT wakes whoever is stopped, also one that ignores it; what was kept is handed out then (B10). */
function proceed(target: SignalTarget, tell: Tell): void {
  const { signals } = target
  const handled = signals.disposition(SIGCONT) === 'handled'
  if (target.state !== 'stopped') {
    tell(SIGCONT, handled ? 'handled' : 'ignored')
    return
  }
  target.state = 'running'
  tell(SIGCONT, 'continued')
  signals.forgetStops()
  if (handled) signals.keep(SIGCONT)
  for (let number = signals.takeNext(); number !== 0; number = signals.takeNext()) act(target, number, tell)
}

/** A running process meets a signal that it does not ignore. */
function act(target: SignalTarget, number: number, tell: Tell): void {
  if (target.signals.disposition(number) === 'handled') tell(number, 'handled')
  else if ((STOPPING & (1 << number)) === 0) tell(number, 'died')
  // Nobody could continue an orphaned group: only SIGSTOP stops its members.
  else if (number !== SIGSTOP && target.isInOrphanedGroup) tell(number, 'ignored')
  else {
    target.state = 'stopped'
    tell(number, 'stopped')
  }
}
