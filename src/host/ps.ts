/**
 * macOS: processes as ps(1) shows them, with their environment behind the command. It hides the environment of the
 * system's own programs, and start times count seconds. Each look runs a program: much slower than /proc.
 */
import { spawnSync } from 'node:child_process'
import type { Pid } from '../model/ids.ts'
import { HostError } from './hostError.ts'
import {
  type ProcessReader,
  type ProcessRecord,
  type PsCommands,
  type Reading,
  type Self,
  TOKEN_VARIABLE,
} from './processRecord.ts'

const TICKS_PER_SECOND = 100
const TEXT_BYTES_MAX = 256 * 1024 * 1024
const COLUMNS = 'pid=,pgid=,stat=,lstart=,command='
/** pid, group, state, `Sat Nov 22 05:07:40 2026`, command and environment. */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\d+:\d+:\d+\s+\d+)(?:\s+(.*))?$/
const TOKEN = new RegExp(`.*(?:^| )${TOKEN_VARIABLE}=(\\S*)`)

/** macOS's way. */
const macOs: PsCommands = { environment: '-E', boot: ['sysctl', '-n', 'kern.bootsessionuuid'] }

export class PsReader implements ProcessReader {
  readonly reading: Reading
  private readonly commands: PsCommands
  private readonly own: Self

  /** Throws HostError where ps does not answer. */
  constructor(commands: PsCommands = macOs) {
    this.reading = { kind: 'ps', commands }
    this.commands = commands
    const bootId = output(commands.boot).trim()
    const self = this.read(process.pid)
    if (self === undefined) throw new HostError('ps does not show this very process: processes cannot be told apart')
    const { pid, startTime, pgid } = self
    this.own = { bootId, pidNamespace: 'host', pid, startTime, pgid }
  }

  self(): Self {
    return this.own
  }

  read(pid: number): ProcessRecord | undefined {
    if (!Number.isSafeInteger(pid) || pid < 1) return undefined
    return this.ask('-p', String(pid))[0]
  }

  all(): readonly ProcessRecord[] {
    const records = this.ask('-A')
    if (records.length === 0) throw new HostError('ps shows no process at all: processes cannot be told apart')
    return records
  }

  private ask(...which: readonly string[]): readonly ProcessRecord[] {
    return parsePs(output(['ps', '-ww', this.commands.environment, ...which, '-o', COLUMNS]))
  }
}

/** What ps prints for pid, pgid, stat, lstart and command, in English and UTC. */
export function parsePs(text: string): readonly ProcessRecord[] {
  const records: ProcessRecord[] = []
  for (const line of text.split('\n')) {
    const [, pid, pgid, state, started, command = ''] = LINE.exec(line) ?? []
    if (pid === undefined) continue
    // Of what looks like the variable, the environment's own comes last, behind the arguments.
    const token = TOKEN.exec(command)?.[1]
    records.push({
      pid: Number(pid) as Pid,
      pgid: Number(pgid),
      isLiving: !/^[ZX]/.test(state!),
      startTime: (Date.parse(`${started} UTC`) / 1000) * TICKS_PER_SECOND,
      token,
      isHidden: token === undefined,
    })
  }
  return records
}

function output([command, ...parameters]: readonly [string, ...string[]]): string {
  const environment = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }
  const { error, stdout } = spawnSync(command, parameters, {
    encoding: 'utf8',
    env: environment,
    maxBuffer: TEXT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (error !== undefined) throw new HostError(`${command} cannot be run: processes cannot be told apart without it`)
  return stdout
}
