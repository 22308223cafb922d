// A second, naive process table to hold the first against. It keeps one flat list of records and computes everything
// else anew from it at each question: which numbers are in use, who is in a group, whose child somebody is. It shares
// no code with src/sim and is written after the kernel's words, not after the table's. Processes are named by their
// generation, namespaces by their place in the order of opening.

export type Errno = 'EAGAIN' | 'ENOMEM' | 'EPERM' | 'ESRCH' | 'EINVAL' | 'ECHILD'
export type Told = readonly [generation: number, signal: string | 0, effect: string]
export type Status = { readonly code: number | null; readonly signal: string | null }

export interface Sender {
  readonly uid: number
  readonly outside: boolean
  readonly generation: number | undefined
}

export interface ProcessView {
  generation: number
  ns: number
  pid: number
  ppid: number
  pgid: number
  sid: number
  uid: number
  startTick: number
  state: string
  exit: Status | undefined
  pending: string[]
  dispositions: string[]
}

export interface NamespaceView {
  closed: boolean
  lastPid: number
  members: number[]
  /** For each number looked at: its holder's generation, 0 for none, and the group's members. */
  numbers: [pid: number, holder: number, group: number[]][]
}

export interface View {
  namespaces: NamespaceView[]
  processes: ProcessView[]
  live: number[]
  events: string[]
}

/** What both tables answer, in plain data. */
export interface Kernel {
  openNamespace(initReaps: boolean, initUid: number, prelude: number, pidMax: number, nowUs: number): void
  closeNamespace(ns: number): readonly Told[]
  spawn(ns: number, parent: number | undefined, ownGroup: boolean, uid: number, nowUs: number): number | Errno
  burnPid(ns: number): number | Errno
  setLastPid(ns: number, n: number): void
  setpgid(generation: number, pgid: number): 'ok' | Errno
  setsid(generation: number): 'ok' | Errno
  setDisposition(generation: number, signal: string, disposition: string): 'ok' | Errno
  kill(sender: Sender, ns: number, pid: number, signal: string | 0): [result: string, delivered: readonly Told[]]
  exit(generation: number, status: Status): readonly Told[]
  reap(parent: number, pid: number | undefined): [generation: number, exit: Status] | 'running' | Errno
  view(): View
}

/** The signals that the comparison uses, in the order in which pending ones are handed out (SEGV is a fault). */
const SIGNALS: Record<string, 'die' | 'stop' | 'nothing'> = {
  SIGSEGV: 'die',
  SIGHUP: 'die',
  SIGKILL: 'die',
  SIGUSR1: 'die',
  SIGTERM: 'die',
  SIGCHLD: 'nothing',
  SIGCONT: 'nothing',
  SIGSTOP: 'stop',
  SIGTSTP: 'stop',
}
const NUMBERS: Record<string, number> = {
  SIGHUP: 1,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
}
export const SIGNAL_NAMES = Object.keys(SIGNALS)

/** The numbers whose holder and group are compared: all of a tiny space, both ends of a larger one. */
export function numbersLookedAt(pidMax: number): number[] {
  const all = Array.from({ length: pidMax }, (_, index) => index + 1)
  return all.filter((pid) => pid < 16 || pid > 295)
}

interface Space {
  pidMax: number
  initReaps: boolean
  last: number
  closed: boolean
  init: number
}

interface Body {
  generation: number
  ns: number
  pid: number
  /** A generation, 0 for somebody outside. */
  parent: number
  /** When it came to this parent. */
  arrival: number
  pgid: number
  sid: number
  uid: number
  startTick: number
  state: 'running' | 'stopped' | 'zombie' | 'reaped'
  exit: Status | undefined
  pending: string[]
  dispositions: Record<string, string>
}

export class NaiveKernel implements Kernel {
  spaces: Space[] = []
  bodies: Body[] = []
  #events: string[] = []
  #arrivals = 0
  #fallen: Body[] = []
  #told: Told[] = []

  openNamespace(initReaps: boolean, initUid: number, prelude: number, pidMax: number, nowUs: number): void {
    const init = this.bodies.length + 1
    this.spaces.push({ pidMax, initReaps, last: 1 + prelude, closed: false, init })
    this.#add(this.spaces.length - 1, 1, undefined, true, initUid, nowUs)
  }

  closeNamespace(ns: number): readonly Told[] {
    return this.#collect(() => {
      const init = this.body(this.spaces[ns]!.init)
      this.#told.push([init.generation, 'SIGKILL', 'died'])
      this.#fall(init, { code: null, signal: 'SIGKILL' })
    })
  }

  spawn(ns: number, parent: number | undefined, ownGroup: boolean, uid: number, nowUs: number): number | Errno {
    const pid = this.burnPid(ns)
    if (typeof pid === 'string') return pid
    const mother = parent === undefined ? undefined : this.body(parent)
    return this.#add(ns, pid, mother, ownGroup, uid, nowUs).generation
  }

  burnPid(ns: number): number | Errno {
    const space = this.spaces[ns]!
    if (space.closed) return 'ENOMEM'
    // Every number once, in the order in which the kernel would try them.
    const bottom = space.last >= 300 ? 300 : 1
    const tried: number[] = []
    for (let n = space.last + 1; n < space.pidMax; n++) if (n >= bottom) tried.push(n)
    for (let n = bottom; n < space.pidMax; n++) tried.push(n)
    const pid = tried.find((n) => !this.#holders(ns).some((body) => [body.pid, body.pgid, body.sid].includes(n)))
    if (pid === undefined) return 'EAGAIN'
    space.last = pid
    return pid
  }

  setLastPid(ns: number, n: number): void {
    this.spaces[ns]!.last = n
  }

  setpgid(generation: number, pgid: number): 'ok' | Errno {
    const body = this.body(generation)
    const wanted = pgid === 0 ? body.pid : pgid
    if (wanted < 0) return 'EINVAL'
    if (body.sid === body.pid) return 'EPERM'
    const inSession = this.#group(body.ns, wanted).some((other) => other.sid === body.sid)
    if (wanted !== body.pid && !inSession) return 'EPERM'
    body.pgid = wanted
    return 'ok'
  }

  setsid(generation: number): 'ok' | Errno {
    const body = this.body(generation)
    if (this.#group(body.ns, body.pid).length > 0) return 'EPERM'
    body.sid = body.pid
    body.pgid = body.pid
    return 'ok'
  }

  setDisposition(generation: number, signal: string, disposition: string): 'ok' | Errno {
    if (!(signal in SIGNALS) || signal === 'SIGKILL' || signal === 'SIGSTOP') return 'EINVAL'
    this.body(generation).dispositions[signal] = disposition
    return 'ok'
  }

  kill(sender: Sender, ns: number, pid: number, signal: string | 0): [string, readonly Told[]] {
    if (signal !== 0 && !(signal in SIGNALS)) return ['EINVAL', []]
    const meant = this.#holders(ns).filter((body) => {
      if (pid > 0) return body.pid === pid
      if (pid === -1) return body.pid !== 1 && body.generation !== sender.generation
      return body.pgid === (pid === 0 ? this.body(sender.generation!).pgid : -pid)
    })
    const caller = sender.generation === undefined ? undefined : this.body(sender.generation)
    const allowed = meant.filter((body) => {
      if (sender.uid === 0 || sender.uid === body.uid) return true
      return signal === 'SIGCONT' && caller?.ns === ns && caller.sid === body.sid
    })
    if (meant.length === 0) return ['ESRCH', []]
    if (allowed.length === 0) return [pid === -1 ? 'ok' : 'EPERM', []]
    const told = this.#collect(() => {
      for (const body of allowed) {
        if (signal === 0 || body.state === 'zombie') this.#told.push([body.generation, signal, 'none'])
        else this.#send(body, signal, sender.outside)
      }
    })
    return ['ok', told]
  }

  exit(generation: number, { code, signal }: Status): readonly Told[] {
    const status = { code: code === null ? null : ((code % 256) + 256) % 256, signal }
    return this.#collect(() => this.#fall(this.body(generation), status))
  }

  reap(parent: number, pid: number | undefined): [number, Status] | 'running' | Errno {
    const children = this.#children(parent).filter((child) => pid === undefined || child.pid === pid)
    if (children.length === 0) return 'ECHILD'
    const dead = children.find((child) => child.state === 'zombie')
    if (dead === undefined) return 'running'
    this.#bury(dead)
    return [dead.generation, dead.exit!]
  }

  view(): View {
    return {
      namespaces: this.spaces.map((space, ns) => ({
        closed: space.closed,
        lastPid: space.last,
        members: this.#holders(ns).map((body) => body.generation),
        numbers: numbersLookedAt(space.pidMax).map((pid) => [
          pid,
          this.#holders(ns).find((body) => body.pid === pid)?.generation ?? 0,
          this.#group(ns, pid).map((body) => body.generation),
        ]),
      })),
      processes: this.bodies.map((body) => ({
        generation: body.generation,
        ns: body.ns,
        pid: body.pid,
        ppid: body.parent === 0 ? 0 : this.body(body.parent).pid,
        pgid: body.pgid,
        sid: body.sid,
        uid: body.uid,
        startTick: body.startTick,
        state: body.state,
        exit: body.exit,
        pending: body.pending.toSorted((one, other) => NUMBERS[one]! - NUMBERS[other]!),
        dispositions: SIGNAL_NAMES.map((signal) => this.#disposition(body, signal)),
      })),
      live: this.bodies
        .filter((body) => body.state === 'running' || body.state === 'stopped')
        .map((body) => body.generation),
      events: this.#events,
    }
  }

  body(generation: number): Body {
    return this.bodies[generation - 1]!
  }

  #add(ns: number, pid: number, mother: Body | undefined, ownGroup: boolean, uid: number, nowUs: number): Body {
    const inherited = Object.entries(mother?.dispositions ?? {}).filter(([, disposition]) => disposition === 'ignored')
    const body: Body = {
      generation: this.bodies.length + 1,
      ns,
      pid,
      parent: mother?.generation ?? 0,
      arrival: ++this.#arrivals,
      pgid: ownGroup || mother === undefined ? pid : mother.pgid,
      sid: ownGroup || mother === undefined ? pid : mother.sid,
      uid,
      startTick: (nowUs - (nowUs % 10_000)) / 10_000,
      state: 'running',
      exit: undefined,
      pending: [],
      dispositions: Object.fromEntries(inherited),
    }
    this.bodies.push(body)
    this.#events.push(`started ${body.generation}`)
    return body
  }

  #holders(ns: number): Body[] {
    return this.bodies.filter((body) => body.ns === ns && body.state !== 'reaped')
  }

  #group(ns: number, pgid: number): Body[] {
    return this.#holders(ns).filter((body) => body.pgid === pgid)
  }

  #children(parent: number): Body[] {
    const children = this.bodies.filter((body) => body.state !== 'reaped' && body.parent === parent)
    return children.sort((one, other) => one.arrival - other.arrival)
  }

  #disposition(body: Body, signal: string): string {
    return body.dispositions[signal] ?? 'default'
  }

  #collect(work: () => void): readonly Told[] {
    this.#told = []
    work()
    const adopted: Body[] = []
    const dead: Body[] = []
    for (let body = this.#fallen[0]; body !== undefined; body = this.#fallen[0]) {
      adopted.push(...this.#consequences(body))
      dead.push(body)
      this.#fallen.shift()
    }
    for (const body of [...adopted, ...dead]) this.#buryIfUnwanted(body)
    // An init that was stopped and is no longer finds what it has missed.
    for (const { init } of this.spaces) for (const child of this.#children(init)) this.#buryIfReaped(child)
    return this.#told
  }

  #send(body: Body, signal: string, outside: boolean): void {
    const tell = (effect: string) => this.#told.push([body.generation, signal, effect])
    const disposition = this.#disposition(body, signal)
    const isInit = body.generation === this.spaces[body.ns]!.init
    if (signal === 'SIGCONT' && body.state === 'stopped') {
      body.state = 'running'
      tell('continued')
      const kept = [...body.pending, ...(disposition === 'handled' ? ['SIGCONT'] : [])]
      body.pending = []
      for (const next of SIGNAL_NAMES) {
        const alive = (body.state as string) === 'running'
        if (alive && kept.includes(next) && SIGNALS[next] !== 'stop') this.#meet(body, next)
      }
      return
    }
    if (disposition === 'ignored' || (disposition === 'default' && SIGNALS[signal] === 'nothing')) tell('ignored')
    else if (isInit && disposition === 'default' && !(outside && ['SIGKILL', 'SIGSTOP'].includes(signal)))
      tell('ignored')
    else if (body.state === 'stopped' && signal !== 'SIGKILL') {
      if (!body.pending.includes(signal)) body.pending.push(signal)
      tell('pending')
    } else this.#meet(body, signal)
  }

  #meet(body: Body, signal: string): void {
    const tell = (effect: string) => this.#told.push([body.generation, signal, effect])
    if (this.#disposition(body, signal) === 'handled') tell('handled')
    else if (SIGNALS[signal] === 'die') {
      tell('died')
      this.#fall(body, { code: null, signal })
    } else if (signal !== 'SIGSTOP' && this.#isOrphaned(body.ns, body.pgid, 0)) tell('ignored')
    else {
      body.state = 'stopped'
      tell('stopped')
    }
  }

  #fall(body: Body, exit: Status): void {
    body.state = 'zombie'
    body.exit = exit
    body.pending = []
    this.#events.push(`died ${body.generation}`)
    this.#fallen.push(body)
  }

  /** Carries one death out and returns the children that the init has adopted. */
  #consequences(body: Body): Body[] {
    const space = this.spaces[body.ns]!
    if (body.generation === space.init) {
      const others = this.#holders(body.ns).filter((other) => other !== body)
      for (const other of others.filter((each) => each.state !== 'zombie')) {
        this.#told.push([other.generation, 'SIGKILL', 'died'])
        this.#fall(other, { code: null, signal: 'SIGKILL' })
      }
      for (const other of [...others, body]) this.#bury(other)
      this.#fallen = []
      space.closed = true
      return []
    }
    const children = this.#children(body.generation)
    for (const child of children) {
      child.parent = space.init
      child.arrival = ++this.#arrivals
      if (child.state === 'zombie') this.#tellParent(child)
      this.#hangUp(child, body, 0)
    }
    if (body.parent !== 0) {
      this.#hangUp(body, this.body(body.parent), body.generation)
      this.#tellParent(body)
    }
    return children
  }

  #tellParent(child: Body): void {
    const parent = this.body(child.parent)
    if (parent.state !== 'zombie' && this.#disposition(parent, 'SIGCHLD') === 'handled') {
      this.#send(parent, 'SIGCHLD', false)
    }
  }

  /** The tie between `body` and the parent that it had is cut: was it the last that its group had to its session? */
  #hangUp(body: Body, parent: Body, leaving: number): void {
    const wasTie = parent.pgid !== body.pgid && parent.sid === body.sid
    const isStopped = this.#group(body.ns, body.pgid).some((member) => member.state === 'stopped')
    if (!wasTie || !isStopped || !this.#isOrphaned(body.ns, body.pgid, leaving)) return
    for (const signal of ['SIGHUP', 'SIGCONT']) {
      const members = this.#group(body.ns, body.pgid)
      for (const member of members) if (member.state !== 'zombie') this.#send(member, signal, false)
    }
  }

  #isOrphaned(ns: number, pgid: number, leaving: number): boolean {
    // Whoever has fallen counts until the consequences are drawn.
    const isThere = (body: Body) => body.state !== 'zombie' || this.#fallen.includes(body)
    const members = this.#group(ns, pgid).filter((body) => isThere(body) && body.generation !== leaving)
    const parents = members.filter((body) => body.parent !== 0).map((body) => [body, this.body(body.parent)] as const)
    return !parents.some(([body, parent]) => parent.pgid !== body.pgid && parent.sid === body.sid)
  }

  #buryIfUnwanted(body: Body): void {
    if (body.state !== 'zombie') return
    if (body.parent === 0 || this.#disposition(this.body(body.parent), 'SIGCHLD') === 'ignored') this.#bury(body)
    else this.#buryIfReaped(body)
  }

  #buryIfReaped(body: Body): void {
    const { init, initReaps } = this.spaces[body.ns]!
    const reaps = initReaps && body.parent === init && this.body(init).state === 'running'
    if (reaps && body.state === 'zombie') this.#bury(body)
  }

  #bury(body: Body): void {
    body.state = 'reaped'
    this.#events.push(`reaped ${body.generation}`)
  }
}
