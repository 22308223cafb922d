/**
 * A server's view of the process table. Spawn, probe, signal and exit notice are operations that others interleave with.
 * Here stands the stale-actor oracle's second half: a probe or a signal through a bare pid that has passed to another
 * process than the one that was meant when the pid was written down.
 */
import type { Pid, RunId } from '../model/ids.ts'
import { continuesOne } from '../model/token.ts'
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
import { faults } from './fault.ts'
import type { View } from './files/index.ts'
import { machineLabel } from './hash.ts'
import type { Life } from './life.ts'
import type { Operation, Window } from './operation.ts'
import type { ProcessHost } from './processHost.ts'
import type { SimProcess } from './processTable.ts'
import { RUNS } from './simFiles.ts'

const ANY_PID: readonly string[] = ['pid:*']
const spawnLabel = machineLabel('spawn')
const probeLabel = machineLabel('probe')
const signalLabel = machineLabel('signal')
const scanLabel = machineLabel('scan')
const spawnWindow: Window = { earliestUs: 200, typicalUs: 2_000, latestUs: 50_000 }
const callWindow: Window = { earliestUs: 5, typicalUs: 20, latestUs: 500 }
const scanWindow: Window = { earliestUs: 200, typicalUs: 1_000, latestUs: 10_000 }

export class SimProcesses implements Processes {
  private readonly machine: ProcessHost
  private readonly life: Life

  constructor(machine: ProcessHost, life: Life) {
    this.machine = machine
    this.life = life
    machine.world.hazards.delaysBy(spawnLabel, faults.spawnStall)
  }

  self(): Omit<ProcessIdentity, 'token'> {
    const { token: _, ...self } = this.identify(this.life.process)
    return self
  }

  spawn(spec: SpawnSpec): Promise<Child> {
    const start = (operation: Operation) => this.start(spec, operation)
    return this.machine.world.call(this.life, spawnLabel, spawnWindow, start, ANY_PID)
  }

  probe(reference: ProcessReference): Promise<Liveness> {
    const { world } = this.machine
    const effect = (): Liveness => {
      if (this.isForeign(reference)) return 'foreign'
      const found = this.find(reference)
      const answer = found === undefined ? 'gone' : 'alive'
      if (found !== undefined) this.judge(reference, found, 'was told that')
      world.observer.happened({ kind: 'probed', pid: reference.pid, answer, generation: found?.generation })
      if (world.telling) {
        const who = found === undefined ? '' : ` (${found.label})`
        world.tell(this.life.name, [`pid:${reference.pid}`], `asks for pid ${reference.pid}: ${answer}${who}`)
      }
      return answer
    }
    return world.call(this.life, probeLabel, callWindow, effect, [`pid:${reference.pid}`])
  }

  signalGroup(reference: ProcessReference, signal: TerminationSignal): Promise<Delivery> {
    const { world, table } = this.machine
    const effect = (): Delivery => {
      if (this.isForeign(reference)) return 'foreign'
      const inside = this.contained().find(({ pid, token }) => pid === reference.pid && token === reference.token)
      if (inside !== undefined) {
        if (signal === 'SIGKILL') inside.kill()
        return 'sent'
      }
      const { ns, uid } = this.life.process
      // The group that the process is in; that of its number when it has left others behind.
      const held = table.at(ns, reference.pid)
      const pgid = held !== undefined && fits(held, reference) ? held.pgid : reference.pid
      const member = table.group(ns, pgid).find((process) => process.state !== 'zombie' && fits(process, reference))
      if (member === undefined) return 'gone'
      this.judge(reference, member, `sent ${signal}, believing that`)
      const { result, delivered } = table.kill({ uid }, ns, -pgid, signal)
      world.tell(this.life.name, [`pid:${pgid}`], `${signal} to group ${pgid} (${member.label})`)
      for (const { process, effect } of delivered) if (effect === 'handled') this.machine.handled(process)
      return result === 'ok' ? 'sent' : result === 'EPERM' ? 'denied' : 'gone'
    }
    return world.call(this.life, signalLabel, callWindow, effect, [`pid:${reference.pid}`])
  }

  carrying(tokens: readonly string[]): Promise<readonly ProcessIdentity[]> {
    const { world, table } = this.machine
    const effect = () => {
      const living = table.members(this.life.process.ns).filter((process) => process.state !== 'zombie')
      const own = living
        .filter((process) => process !== this.life.process && continuesOne(process.env.STRANDLINE_RUN ?? '', tokens))
        .map((process) => this.identify(process))
      const contained = this.contained().filter(({ token }) => continuesOne(token, tokens))
      return [...own, ...contained.map(({ pid, token }) => this.identityOf(pid, 0, token))]
    }
    return world.call(this.life, scanLabel, scanWindow, effect, ANY_PID)
  }

  private start(spec: SpawnSpec, operation: Operation): Child {
    const { machine, life } = this
    const { world, table } = machine
    const { ns, uid } = life.process
    const [command] = spec.argv
    const program = machine.programs(spec.argv, spec.token)
    if (machine.disk.isBrimful) throw new SpawnError('ENOSPC', `spawn ${command} ENOSPC`, false)
    makeHome(machine.files, spec.run)
    if (program === undefined) {
      table.burnPid(ns)
      throw new SpawnError('ENOENT', `spawn ${command} ENOENT`, true)
    }
    if (world.hazards.strikes(operation, faults.spawnFail)) {
      world.observer.happened({ kind: 'fault', name: 'spawnFail' })
      world.tell(life.name, [], `spawn ${command} fails: EIO`)
      throw new SpawnError('EIO', `spawn ${command} EIO`, false)
    }
    const env = { ...spec.environment, STRANDLINE_RUN: spec.token }
    const nowUs = world.nowUs
    const process = table.spawn({
      ns,
      parent: life.process,
      ownGroup: true,
      uid,
      env,
      label: spec.argv.join(' '),
      nowUs,
    })
    if (process === 'EAGAIN' || process === 'ENOMEM') {
      throw new SpawnError(process, `spawn ${command} ${process}`, false)
    }
    const exited = machine.run(process, program, life, operation.chain)
    world.tell(life.name, [`pid:${process.pid}`, `run:${spec.token}`], `starts pid ${process.pid} (${process.label})`)
    if (world.hazards.strikes(operation, faults.spawnFailLate)) {
      world.observer.happened({ kind: 'fault', name: 'spawnFailLate' })
      world.tell(life.name, [`pid:${process.pid}`], `spawn ${command} reports failure although pid ${process.pid} runs`)
      throw new SpawnError('EIO', `spawn ${command} EIO`, false)
    }
    return { identity: this.identify(process), exited }
  }

  private identify({ pid, startTick, env }: SimProcess): ProcessIdentity {
    return this.identityOf(pid, startTick, env.STRANDLINE_RUN ?? '')
  }

  private identityOf(pid: number, startTime: number, token: string): ProcessIdentity {
    const pidNamespace = `pid:[${this.life.process.ns.id}]`
    return { bootId: this.machine.bootId, pidNamespace, pid: pid as Pid, startTime, token }
  }

  /** A server that stands on the machine itself sees the processes of containers too, by numbers that nobody else has. */
  private contained() {
    const { profile } = this.machine.world
    if (profile.crashTakes === 'container') return []
    return this.machine.containers.processes().map((process, nth) => ({ ...process, pid: profile.pidMax + 1 + nth }))
  }

  private isForeign(reference: ProcessReference): boolean {
    const { bootId, pidNamespace } = reference
    if (bootId !== undefined && bootId !== this.machine.bootId) return true
    return pidNamespace !== undefined && pidNamespace !== `pid:[${this.life.process.ns.id}]`
  }

  /** The living process that fits: a zombie holds its number but does nothing any more. */
  private find(reference: ProcessReference): SimProcess | undefined {
    const process = this.machine.table.at(this.life.process.ns, reference.pid)
    if (process === undefined || process.state === 'zombie') return undefined
    const leads = reference.startTime === undefined || reference.startTime === process.startTick
    return leads && fits(process, reference) ? process : undefined
  }

  /** Only a bare pid can be misunderstood: a token belongs to one run for ever. */
  private judge(reference: ProcessReference, found: SimProcess, what: string): void {
    if (reference.token !== undefined || reference.startTime !== undefined) return
    const meant = this.machine.meanings(reference.pid)
    if (meant.length === 0 || meant.includes(found.generation)) return
    const text = `${this.life.name} ${what} pid ${reference.pid} is alive, but by now that is another process (${found.label})`
    this.machine.world.observer.happened({ kind: 'stale', through: 'pid', about: [`pid:${reference.pid}`], text })
  }
}

/** A run's own directory, where its output goes; something else that is there is left alone. */
function makeHome(files: View, run: RunId): void {
  const home = `${RUNS}/${run}`
  const made = files.mkdir(home)
  if (made !== 'ok') throw new SpawnError(made, `${home}: ${made}`, false)
  files.write(`${home}/output.log`, '')
}

function fits(process: SimProcess, reference: ProcessReference): boolean {
  return reference.token === undefined || process.env.STRANDLINE_RUN === reference.token
}

export type { Exit }
