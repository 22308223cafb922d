/**
 * A sequence carried out on the simulated table, and at the same time put into the helper's words. An operation whose
 * precondition fails here is left out on both sides. What is said of each is what a person could see: what the call
 * returned, and of every process that changed its number, state, parent, group, session, status and pending signals.
 */
import type {
  Caller,
  Delivery,
  KillOutcome,
  PidNamespace,
  ProcessTable,
  SignalName,
  SimProcess,
} from '../../src/sim/processTable.ts'
import type { Machine } from '../kernel/kernel.ts'
import { Concurrency } from './concurrency.ts'
import type { Aim, Op } from './operation.ts'
import { numberOf, shortName } from './signalNumbers.ts'

const NAMESPACES_MAX = 4
const LIVING_MAX = 10
const NOBODY_PID = 77
const SOME_TIME = { nowUs: 0 }
const DISPOSITIONS = ['default', 'ignored', 'handled']
const OUTSIDE: Caller = { uid: 0, fromOutside: true }

export interface Act {
  readonly words: string
  readonly command: string
  readonly answer: string
}

/** What an operation means now: in words, for the helper, and for the table. */
interface Meant {
  readonly words: string
  readonly command: string
  /** Whoever makes the call; undefined where the test itself does something. */
  readonly actor?: SimProcess
  /** Whether it may reach several processes at once. */
  readonly isBroad?: boolean
  perform(): string
}

export class Simulated {
  readonly #table: ProcessTable
  readonly #machine: Machine
  readonly #concurrency = new Concurrency()
  readonly #spaces: PidNamespace[] = []
  readonly #born: SimProcess[] = []
  readonly #views: string[] = []
  #isOpen = false
  #handled = new Map<SimProcess, SignalName[]>()

  constructor(Table: typeof ProcessTable, machine: Machine) {
    this.#machine = machine
    this.#table = new Table({
      started: (process) => this.#born.push(process),
      died: (process) => this.#concurrency.died(process),
      reaped: () => undefined,
    })
  }

  /** Undefined if nobody could carry it out now. */
  act(op: Op): Act | undefined {
    const meant = this.#resolve(op)
    return meant && this.#carryOut(meant)
  }

  /** Whether what came of the last operation depends on which of several processes was faster to end. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** At the end: which number comes next, and which of those that are free say so. */
  *census(): Iterable<Act> {
    for (const ns of this.#spaces) {
      if (ns.closed || ns.init.state !== 'running') continue
      const free = new Set(this.#born.filter((each) => each.ns === ns && each.state === 'reaped').map(({ pid }) => pid))
      for (const pid of [...free].slice(-2).flatMap((pid) => [pid, -pid])) {
        yield this.#carryOut(this.#kill(ns.init, ns, pid, 0))
      }
      yield this.#carryOut(this.#burn(ns))
    }
  }

  #carryOut({ words, command, actor, isBroad = false, perform }: Meant): Act {
    this.#handled = new Map()
    this.#concurrency.begin(this.#born, isBroad)
    const result = perform()
    this.#concurrency.end(this.#born)
    this.#isOpen = this.#concurrency.isOpen || (isBroad && this.#hasHandledHangUp())
    const answer = actor !== undefined && actor.state !== 'running' ? '-' : result
    return { words, command, answer: [answer, ...this.#changes()].join('; ') }
  }

  /** A stopped process was continued, and while it handled what had been kept, a death hung it up. */
  #hasHandledHangUp(): boolean {
    return this.#born.some((process, index) => {
      const handled = new Set(this.#handled.get(process))
      const wasStopped = this.#views[index]?.includes(' stopped ') ?? false
      return wasStopped && handled.has('SIGHUP') && handled.size > 1 && this.#concurrency.hasDeaths
    })
  }

  #resolve(op: Op): Meant | undefined {
    if ('who' in op) {
      const actor = among(this.#running(), op.who)
      return actor && this.#resolveCall(op, actor)
    }
    if (op.op === 'open') return this.#open(op.initReaps, op.prelude, op.pidMax)
    const ns = among(this.#spaces, op.ns)
    if (ns === undefined) return undefined
    if (op.op === 'enter') return this.#enter(ns, op.uid)
    if (op.op === 'close') return ns.closed ? undefined : this.#close(ns)
    if (ns.closed || ns.init.state !== 'running') return undefined
    return op.op === 'burn' ? this.#burn(ns) : this.#lastPid(ns, op.before, op.n)
  }

  #resolveCall(op: Extract<Op, { who: number }>, actor: SimProcess): Meant | undefined {
    const table = this.#table
    const name = `#${actor.generation}`
    const act = (call: string, command: string, perform: () => string): Meant => ({
      actor,
      words: `${name} ${call}`,
      command,
      perform,
    })
    switch (op.op) {
      case 'spawn':
        return this.#spawn(actor, op.ownGroup, op.uid, op.exec)
      case 'setpgid': {
        const pgid = this.#number(actor.ns, op.aim, 1)
        return act(`setpgid(0, ${pgid})`, `setpgid ${actor.generation} ${pgid}`, () => table.setpgid(actor, pgid))
      }
      case 'setsid':
        return act('setsid()', `setsid ${actor.generation}`, () => table.setsid(actor))
      case 'disposition': {
        const { signal, disposition } = op
        const command = `disposition ${actor.generation} ${numberOf(signal)} ${DISPOSITIONS.indexOf(disposition)}`
        return act(`sigaction(${shortName(signal)}, ${disposition})`, command, () =>
          table.setDisposition(actor, signal, disposition),
        )
      }
      case 'exit':
        if (actor === actor.ns.init && !op.evenInit) return undefined
        return act(`exit(${op.code})`, `exit ${actor.generation} ${op.code}`, () =>
          this.#told(table.exit(actor, { code: op.code, signal: null })),
        )
      case 'crash':
        return this.#crash(actor, op.signal, op.evenInit)
      case 'wait': {
        const pid = this.#number(actor.ns, op.aim, 1)
        if (pid === -1 && this.#concurrency.isFirstZombieOpen(actor, this.#born)) return undefined
        return act(`waitpid(${pid})`, `wait ${actor.generation} ${pid}`, () => {
          const reaped = table.reap(actor, pid === -1 ? undefined : pid)
          return typeof reaped === 'string' ? reaped : `pid ${reaped.process.pid} ${exitOf(reaped.process)}`
        })
      }
      case 'kill': {
        const pid = this.#number(actor.ns, op.aim, -1)
        if (op.outside) return pid === 0 || pid === -1 ? undefined : this.#killFromOutside(actor.ns, pid, op.signal)
        return this.#kill(actor, actor.ns, pid, op.signal)
      }
    }
  }

  #open(initReaps: boolean, prelude: number, pidMax: number | undefined): Meant | undefined {
    if (this.#spaces.length === NAMESPACES_MAX) return undefined
    const limit = this.#machine.hasOwnLimit ? pidMax : undefined
    const options = { initReaps, initUid: 0, prelude, pidMax: limit ?? this.#machine.pidMax, ...SOME_TIME }
    const traits = [initReaps ? 'its init reaps orphans' : '', prelude > 0 ? `${prelude} numbers used` : '']
    if (limit !== undefined) traits.push(`numbers below ${limit}`)
    return {
      words: `a namespace opens${traits.map((trait) => trait && `, ${trait}`).join('')}`,
      command: `open ${Number(initReaps)} ${prelude} ${limit ?? 0}`,
      perform: () => {
        this.#spaces.push(this.#table.openNamespace(options))
        return 'ok'
      },
    }
  }

  #close(ns: PidNamespace): Meant {
    return {
      words: `the init of namespace ${ns.id} is killed from outside`,
      command: `close ${ns.id}`,
      perform: () => this.#told(this.#table.closeNamespace(ns)),
    }
  }

  #spawn(parent: SimProcess, ownGroup: boolean, uid: number, exec: boolean): Meant | undefined {
    // Only root becomes somebody else.
    const childUid = parent.uid === 0 ? uid : parent.uid
    if (!this.#canBear(childUid)) return undefined
    const { ns } = parent
    const extras = [
      ownGroup ? 'setsid()' : '',
      childUid !== parent.uid ? `setuid(${childUid})` : '',
      exec ? 'exec' : '',
    ]
    return {
      actor: parent,
      words: [`#${parent.generation} fork()`, ...extras.filter((extra) => extra !== '')].join(', '),
      command: `spawn ${parent.generation} ${Number(ownGroup)} ${childUid} ${Number(exec)}`,
      perform: () => born(this.#table.spawn({ ns, parent, ownGroup, uid: childUid, env: {}, label: '', ...SOME_TIME })),
    }
  }

  #enter(ns: PidNamespace, uid: number): Meant | undefined {
    if (!this.#canBear(uid)) return undefined
    const options = { ns, parent: undefined, ownGroup: true, uid, env: {}, label: '', ...SOME_TIME }
    return {
      words: `a process${uid === 0 ? '' : ` of uid ${uid}`} enters namespace ${ns.id} from outside`,
      command: `enter ${ns.id} ${uid}`,
      perform: () => born(this.#table.spawn(options)),
    }
  }

  #canBear(uid: number): boolean {
    if (uid !== 0 && !this.#machine.isRoot) return false
    return this.#table.live().length < LIVING_MAX
  }

  #burn(ns: PidNamespace): Meant {
    return {
      words: `a fork of namespace ${ns.id} whose exec fails`,
      command: `burn ${ns.id}`,
      perform: () => {
        const pid = this.#table.burnPid(ns)
        return typeof pid === 'number' ? `pid ${pid}` : pid
      },
    }
  }

  #lastPid(ns: PidNamespace, before: number | undefined, n: number): Meant {
    const past = before === undefined ? undefined : among(this.#of(ns), before)
    const last = past !== undefined ? past.pid - 1 : n < 0 ? ns.pidMax + n : n
    return {
      words: `the last pid of namespace ${ns.id} is set to ${last}`,
      command: `last ${ns.id} ${last}`,
      perform: () => {
        this.#table.setLastPid(ns, last)
        return 'ok'
      },
    }
  }

  #crash(actor: SimProcess, signal: 'SIGSEGV' | 'SIGKILL', evenInit: boolean): Meant | undefined {
    // A handler would run; and the init is its whole namespace.
    if (actor.disposition(signal) === 'handled' || (actor === actor.ns.init && !evenInit)) return undefined
    const { generation } = actor
    const isFault = signal === 'SIGSEGV'
    return {
      ...(isFault ? { actor } : {}),
      words: isFault ? `#${generation} reads address 0` : `#${generation} is killed by the kernel`,
      command: `${isFault ? 'fault' : 'oom'} ${generation}`,
      perform: () => this.#told(this.#table.exit(actor, { code: null, signal })),
    }
  }

  #kill(actor: SimProcess, ns: PidNamespace, pid: number, signal: string | 0): Meant {
    const { generation, uid } = actor
    return {
      actor,
      isBroad: pid <= 0,
      words: `#${generation} kill(${pid}, ${shortName(signal)})`,
      command: `kill ${generation} ${pid} ${numberOf(signal)}`,
      perform: () => {
        // The names of Node.js are refused before the call, the numbers of the kernel once somebody is found.
        const isKnown = numberOf(signal) <= 64
        const found = isKnown ? undefined : this.#table.kill({ uid: 0, process: actor }, ns, pid, 0).result
        if (found === 'ESRCH') return found
        return this.#toldOf(this.#table.kill({ uid, process: actor }, ns, pid, signal))
      },
    }
  }

  #killFromOutside(ns: PidNamespace, pid: number, signal: string | 0): Meant | undefined {
    if (this.#table.kill(OUTSIDE, ns, pid, 0).result === 'ESRCH') return undefined
    return {
      isBroad: pid < 0,
      words: `kill(${pid}, ${shortName(signal)}) from outside namespace ${ns.id}`,
      command: `outkill ${ns.id} ${pid} ${numberOf(signal)}`,
      perform: () => this.#toldOf(this.#table.kill(OUTSIDE, ns, pid, signal)),
    }
  }

  /** `groupSign` is -1 where the call means a group by a negative number. */
  #number(ns: PidNamespace, { at, nth }: Aim, groupSign: 1 | -1): number {
    const ever = this.#of(ns)
    const members = ever.filter(({ state }) => state !== 'reaped')
    switch (at) {
      case 'member':
        return among(members, nth)?.pid ?? NOBODY_PID
      case 'past':
        return among(ever, nth)?.pid ?? NOBODY_PID
      case 'group':
        return groupSign * (among(members, nth)?.pgid ?? NOBODY_PID)
      case 'own group':
        return 0
      case 'all':
        return -1
      case 'nobody':
        return NOBODY_PID
    }
  }

  #running(): SimProcess[] {
    return this.#born.filter(({ state }) => state === 'running')
  }

  #of(ns: PidNamespace): SimProcess[] {
    return this.#born.filter((process) => process.ns === ns)
  }

  #toldOf({ result, delivered }: KillOutcome): string {
    this.#told(delivered)
    return result
  }

  #told(delivered: readonly Delivery[]): 'ok' {
    for (const { process, signal, effect } of delivered) {
      if (effect !== 'handled') continue
      this.#handled.set(process, [...(this.#handled.get(process) ?? []), signal as SignalName])
    }
    return 'ok'
  }

  #changes(): string[] {
    return this.#born.flatMap((process, index) => {
      const view = viewOf(process)
      const before = this.#views[index]
      const handled = isAlive(process) ? this.#handled.get(process) : undefined
      if (view === before && handled === undefined) return []
      this.#views[index] = view
      return [handled === undefined ? view : `${view} handled ${handledWords(handled, before?.includes(' stopped '))}`]
    })
  }
}

function isAlive({ state }: SimProcess): boolean {
  return state === 'running' || state === 'stopped'
}

/**
 * What had been kept for a stopped process is told in its order, all else by number and once: see printHandled in
 * watch.c. SIGCHLD comes last, since it may arrive between any two others.
 */
function handledWords(handled: readonly SignalName[], inOrder = false): string {
  const names = [...new Set(handled)].filter((name) => name !== 'SIGCHLD')
  const told = inOrder ? names : names.toSorted((one, other) => numberOf(one) - numberOf(other))
  return [...told, ...(handled.includes('SIGCHLD') ? ['SIGCHLD'] : [])].map(shortName).join(' ')
}

function viewOf(process: SimProcess): string {
  const { generation, state, pid, ppid, pgid, sid, parent, pending } = process
  if (state === 'reaped') return `#${generation} gone${parent === undefined ? ` ${exitOf(process)}` : ''}`
  const exit = state === 'zombie' ? ` ${exitOf(process)}` : ''
  const kept = pending.map((name) => ` +${shortName(name)}`).join('')
  return `#${generation} ${state} ${pid}/${ppid}/${pgid}/${sid}${exit}${kept}`
}

function exitOf({ exit }: SimProcess): string {
  return exit?.signal ? shortName(exit.signal) : `code ${exit?.code}`
}

function born(child: SimProcess | string): string {
  return typeof child === 'string' ? child : `pid ${child.pid}`
}

/** From 0 any of them, below it the youngest, the second youngest … */
function among<T>(all: readonly T[], nth: number): T | undefined {
  return all.at(nth < 0 ? nth : nth % Math.max(1, all.length))
}
