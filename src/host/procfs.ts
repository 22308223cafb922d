/** Linux: processes as /proc shows them (proc(5)). A number is looked up at once, and only what is asked for is read. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Pid } from '../model/ids.ts'
import { codeOf, HostError } from './hostError.ts'
import { type ProcessReader, type ProcessRecord, type Self, TOKEN_VARIABLE } from './processRecord.ts'

/** How often an environment that looks empty is looked at, and how long it is waited for in between. */
const LOOKS_MAX = 20
const PAUSE_MS = 1
const NUMBER = /^[1-9][0-9]*$/
const IN_TOKEN = `${TOKEN_VARIABLE}=`

interface Stat {
  readonly state: string
  readonly pgid: number
  readonly threads: number
  readonly startTime: number
  readonly addressSpace: number
  /** -1 for a thread, which the kernel itself goes by. */
  readonly exitSignal: number
  /** 0 while another program is being loaded. */
  readonly environmentEnd: number
}

export class ProcfsReader implements ProcessReader {
  readonly reading = { kind: 'procfs' } as const
  private readonly own: Self

  /** Throws HostError where /proc is missing, or shows another pid namespace than this process's own. */
  constructor() {
    const pid = process.pid as Pid
    if (linkAt('/proc/self') !== String(pid)) {
      throw new HostError(
        '/proc is not mounted, or shows the processes of another pid namespace: mount it for this one (unshare --mount-proc)',
      )
    }
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const { startTime, pgid } = statOf(pid)!
    this.own = { bootId, pidNamespace: readlinkSync('/proc/self/ns/pid'), pid, startTime, pgid }
  }

  self(): Self {
    return this.own
  }

  read(pid: number): ProcessRecord | undefined {
    if (!Number.isSafeInteger(pid) || pid < 1) return undefined
    const stat = statOf(pid)
    return stat === undefined || stat.exitSignal === -1 ? undefined : new ProcfsRecord(pid as Pid, stat)
  }

  *all(): Generator<ProcessRecord> {
    for (const name of readdirSync('/proc')) if (NUMBER.test(name)) yield new ProcfsRecord(Number(name) as Pid)
  }
}

class ProcfsRecord implements ProcessRecord {
  readonly pid: Pid
  private found: Stat | null | undefined
  private environment: string | null | undefined

  constructor(pid: Pid, stat?: Stat) {
    this.pid = pid
    this.found = stat
  }

  get isLiving(): boolean {
    return this.stat !== null && isLiving(this.stat)
  }

  get pgid(): number {
    return this.stat?.pgid ?? -1
  }

  get startTime(): number {
    return this.stat?.startTime ?? -1
  }

  get token(): string | undefined {
    this.environment ??= this.look()
    return this.environment === null ? undefined : tokenIn(this.environment)
  }

  get isHidden(): boolean {
    this.environment ??= this.look()
    return this.environment === null
  }

  private get stat(): Stat | null {
    if (this.found === undefined) this.found = statOf(this.pid) ?? null
    return this.found
  }

  /** Null: it may not be read, or not yet. It looks empty while a process begins another program. */
  private look(): string | null {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const text = environmentOf(this.pid)
      if (text !== '') return text
      const stat = statOf(this.pid)
      if (stat === undefined || stat.addressSpace === 0) return this.ofOtherThreads(stat)
      if (stat.environmentEnd === 0) pause()
    }
    return null
  }

  /** The first thread may have ended, and taken its view of the memory with it, while others go on. */
  private ofOtherThreads(stat: Stat | undefined): string | null {
    if (stat === undefined || stat.threads < 2) return ''
    const threads = linesOf(`/proc/${this.pid}/task`)
    for (const thread of threads) {
      const text = environmentOf(this.pid, `/task/${thread}`)
      if (text !== '') return text
    }
    return ''
  }
}

function isLiving({ state, threads }: Stat): boolean {
  return (state !== 'Z' && state !== 'X' && state !== 'x') || threads > 1
}

function tokenIn(environment: string): string | undefined {
  let at = environment.startsWith(IN_TOKEN) ? 0 : environment.indexOf(`\0${IN_TOKEN}`) + 1
  if (at === 0 && !environment.startsWith(IN_TOKEN)) return undefined
  at += IN_TOKEN.length
  const end = environment.indexOf('\0', at)
  return environment.slice(at, end === -1 ? undefined : end)
}

function environmentOf(pid: number, thread = ''): string | null {
  try {
    return readFileSync(`/proc/${pid}${thread}/environ`, 'utf8')
  } catch (error) {
    return isGone(error) ? '' : null
  }
}

function statOf(pid: number): Stat | undefined {
  const place = `/proc/${pid}`
  // Mostly nobody is there, and an exception costs more than a look.
  if (!existsSync(place)) return undefined
  try {
    return parseStat(readFileSync(`${place}/stat`, 'latin1'))
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** The name of the program, in parentheses, may hold spaces and parentheses: what follows begins after the last one. */
function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // The first of them is the third in proc(5).
  const number = (field: number) => Number(fields[field - 3])
  return {
    state: fields[0]!,
    pgid: number(5),
    threads: number(20),
    startTime: number(22),
    addressSpace: number(23),
    exitSignal: number(38),
    environmentEnd: number(51),
  }
}

function linesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function isGone(error: unknown): boolean {
  return /^(ENOENT|ESRCH)$/.test(codeOf(error))
}

const bell = new Int32Array(new SharedArrayBuffer(4))

/** Synchronous: whoever looks is about to signal. */
function pause(): void {
  Atomics.wait(bell, 0, 0, PAUSE_MS)
}
