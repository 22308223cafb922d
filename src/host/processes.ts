/**
 * The machine's processes. A number is never believed: whoever is asked for or signalled must carry the token, and
 * nothing comes between that look and the signal (spec: kernel B3–B7).
 */
import { continuesOne } from '../model/token.ts'
import type {
  Child,
  Delivery,
  Exit,
  Liveness,
  Processes,
  ProcessIdentity,
  ProcessReference,
  SpawnSpec,
  TerminationSignal,
} from '../ports/index.ts'
import type { HostFiles } from './files.ts'
import { isEmptyGroup, killGroup } from './group.ts'
import type { ProcessReader, ProcessRecord } from './processRecord.ts'
import { Spawner } from './spawner.ts'
import type { Started } from './spawnerLink.ts'

const INIT = 1

export class HostProcesses implements Processes {
  private readonly reader: ProcessReader
  private readonly files: HostFiles
  private readonly spawner: Spawner
  /** Children whose exits have not been told: known even where their environments are hidden. */
  private readonly children = new Map<number, ProcessIdentity>()

  constructor(reader: ProcessReader, files: HostFiles, outputBytesMax: number) {
    this.reader = reader
    this.files = files
    this.spawner = new Spawner({ client: process.pid, reading: reader.reading, outputBytesMax })
  }

  self(): Omit<ProcessIdentity, 'token'> {
    const { bootId, pidNamespace, pid, startTime } = this.reader.self()
    return { bootId, pidNamespace, pid, startTime }
  }

  async spawn(spec: SpawnSpec): Promise<Child> {
    const { run, token } = spec
    const home = this.files.directoryOf(run)
    return this.adopt(await this.spawner.start({ spec, home, output: this.files.outputOf(run) }), token)
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
      if (token === undefined || record.pid === own || !continuesOne(token, tokens) || !record.isLiving) continue
      const { pid, startTime } = record
      carriers.push({ bootId, pidNamespace, pid, startTime, token })
    }
    return carriers
  }

  /** Lets go of what runs: the processes go on, and nobody cuts their output any more. */
  close(): void {
    this.spawner.close()
  }

  private adopt({ pid, startTime, ended }: Started, token: string): Child {
    const { bootId, pidNamespace } = this.reader.self()
    const identity = { bootId, pidNamespace, pid, startTime, token }
    this.children.set(pid, identity)
    const exited = new Promise<Exit>((resolve) => {
      void ended.then((exit) => {
        // The number may be another child's already.
        if (this.children.get(pid) === identity) this.children.delete(pid)
        if (exit !== undefined) resolve(exit)
      })
    })
    return { identity, exited }
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
