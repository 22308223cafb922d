/**
 * The machine's processes. A number is never believed: whoever is asked for or signalled must carry the token, and
 * nothing comes between that look and the signal (spec: kernel B3–B7).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Pid } from '../model/ids.ts'
import {
  type Child,
  type Delivery,
  type Exit,
  type Liveness,
  type Processes,
  type ProcessIdentity,
  type ProcessReference,
  SpawnError,
  type SpawnSpec,
  type TerminationSignal,
} from '../ports/index.ts'
import type { HostFiles } from './files.ts'
import { isEmptyGroup, killGroup } from './group.ts'
import { codeOf } from './hostError.ts'
import { Output, Outputs } from './outputs.ts'
import { type ProcessReader, type ProcessRecord, TOKEN_VARIABLE } from './processRecord.ts'
import { outputFailure, spawnFailure } from './spawnFailure.ts'

const INIT = 1

export class HostProcesses implements Processes {
  private readonly reader: ProcessReader
  private readonly files: HostFiles
  private readonly outputs: Outputs
  /** Children that have not been reaped: until then their numbers are theirs. */
  private readonly children = new Map<number, ProcessIdentity>()

  constructor(reader: ProcessReader, files: HostFiles, outputBytesMax: number) {
    this.reader = reader
    this.files = files
    this.outputs = new Outputs(outputBytesMax)
  }

  self(): Omit<ProcessIdentity, 'token'> {
    const { bootId, pidNamespace, pid, startTime } = this.reader.self()
    return { bootId, pidNamespace, pid, startTime }
  }

  async spawn(spec: SpawnSpec): Promise<Child> {
    const output = this.openOutput(spec)
    const directory = spec.directory ?? this.files.directoryOf(spec.run)
    let child: ChildProcess
    try {
      child = start(spec, directory, output)
      if (child.pid === undefined) throw await failureOf(child)
    } catch (error) {
      output.close()
      throw spawnFailure(error, spec, directory)
    }
    return this.adopt(child, spec.token, output)
  }

  async probe(reference: ProcessReference): Promise<Liveness> {
    if (this.isForeign(reference)) return 'foreign'
    const found = this.reader.read(reference.pid)
    if (found === undefined || !found.isLiving) return 'gone'
    const { startTime } = reference
    if (startTime !== undefined && startTime !== found.startTime) return 'gone'
    // Whose environment is hidden may be another one only if it took the number within the same tick.
    return this.fits(found, reference) || (found.isHidden && startTime !== undefined) ? 'alive' : 'gone'
  }

  async signalGroup(reference: ProcessReference, signal: TerminationSignal): Promise<Delivery> {
    if (this.isForeign(reference)) return 'foreign'
    const { pid } = reference
    if (!Number.isSafeInteger(pid) || pid < 1) return 'gone'
    const held = this.reader.read(pid)
    // The group that the process is in; that of its number when it has left others behind.
    const isHeld = held !== undefined && (this.fits(held, reference) || held.startTime === reference.startTime)
    const pgid = isHeld ? held.pgid : pid
    const found = this.memberOf(pgid, reference, held)
    if (found !== 'fits') return found
    if (pgid <= INIT || pgid === this.reader.self().pgid) return 'denied'
    return killGroup(pgid, signal)
  }

  async carrying(tokens: readonly string[]): Promise<readonly ProcessIdentity[]> {
    const { bootId, pidNamespace, pid: own } = this.reader.self()
    const carriers: ProcessIdentity[] = []
    for (const record of this.reader.all()) {
      const token = record.token ?? this.childOf(record)?.token
      if (token === undefined || record.pid === own || !carriesOne(token, tokens) || !record.isLiving) continue
      const { pid, startTime } = record
      carriers.push({ bootId, pidNamespace, pid, startTime, token })
    }
    return carriers
  }

  /** Lets go of what runs: the processes go on, and nobody cuts their output any more. */
  close(): void {
    this.outputs.close()
  }

  private openOutput({ run }: SpawnSpec): Output {
    try {
      this.files.makeRun(run)
      return new Output(this.files.outputOf(run))
    } catch (error) {
      throw outputFailure(error, this.files.outputOf(run))
    }
  }

  /** In the same step as its start: Node reaps only between steps, so the number is still the child's, even if it has ended. */
  private adopt(child: ChildProcess, token: string, output: Output): Child {
    const { bootId, pidNamespace } = this.reader.self()
    const pid = child.pid as Pid
    const identity = { bootId, pidNamespace, pid, startTime: this.startTimeOf(pid, output), token }
    this.children.set(pid, identity)
    this.outputs.watch(output)
    const exited = new Promise<Exit>((resolve) => {
      // Not `close`, which descendants can put off.
      child.once('exit', (code, signal) => {
        this.children.delete(pid)
        this.outputs.finish(output)
        resolve({ code, signal })
      })
    })
    return { identity, exited }
  }

  /** Whom nobody can recognise later must not live. */
  private startTimeOf(pid: Pid, output: Output): number {
    try {
      return this.reader.read(pid)!.startTime
    } catch (error) {
      killGroup(pid, 'SIGKILL')
      output.close()
      throw new SpawnError(codeOf(error), `pid ${pid} cannot be watched: ${String(error)}`, false)
    }
  }

  private memberOf(pgid: number, reference: ProcessReference, held: ProcessRecord | undefined): 'fits' | Delivery {
    if (held?.pgid === pgid && held.isLiving && this.fits(held, reference)) return 'fits'
    // Mostly nobody is left, and only those who are make it worth to look at everybody.
    if (pgid > INIT && isEmptyGroup(pgid)) return 'gone'
    let hidden = false
    for (const record of this.reader.all()) {
      if (record.pgid !== pgid || !record.isLiving) continue
      if (this.fits(record, reference)) return 'fits'
      hidden ||= record.isHidden && record.pid === reference.pid && record.startTime === reference.startTime
    }
    return hidden ? 'denied' : 'gone'
  }

  private isForeign({ bootId, pidNamespace }: ProcessReference): boolean {
    const self = this.reader.self()
    if (bootId !== undefined && bootId !== self.bootId) return true
    return pidNamespace !== undefined && pidNamespace !== self.pidNamespace
  }

  private fits(record: ProcessRecord, { token }: ProcessReference): boolean {
    return token === undefined || (record.token ?? this.childOf(record)?.token) === token
  }

  /** A child of ours whose environment is hidden, or has lost the token, is known all the same. */
  private childOf(record: ProcessRecord): ProcessIdentity | undefined {
    const child = this.children.get(record.pid)
    return child?.startTime === record.startTime ? child : undefined
  }
}

function start({ argv: [command, ...parameters], token, environment }: SpawnSpec, directory: string, output: Output) {
  const { descriptor } = output
  const odd = Object.keys(environment).find((name) => name === '' || name.includes('='))
  if (odd !== undefined) throw new SpawnError('EINVAL', `a variable cannot be called "${odd}"`, true)
  return spawn(command, parameters, {
    cwd: directory,
    // Node passes its own coverage variable on, unless there is one of that name.
    env: { NODE_V8_COVERAGE: undefined, ...environment, [TOKEN_VARIABLE]: token },
    stdio: ['ignore', descriptor, descriptor],
    // A session, and with it a group, of its own.
    detached: true,
    shell: false,
  })
}

function failureOf(child: ChildProcess): Promise<Error> {
  return new Promise((resolve) => child.once('error', resolve))
}

function carriesOne(own: string, tokens: readonly string[]): boolean {
  return tokens.some((token) => own === token || own.startsWith(`${token}/`))
}
