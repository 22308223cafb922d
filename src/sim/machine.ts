/**
 * The host on which the servers live: pid namespaces, server lives, and the programs that their children run. A server
 * may be its container's pid 1, or a child of an init; a crash takes its process or its whole container.
 */
import type { Exit, Ports } from '../ports/index.ts'
import type { Chain } from './chain.ts'
import { type PeriodicLoop, SimClock } from './clock.ts'
import { ContainerRuntime } from './containerRuntime.ts'
import { SimDatabase } from './database.ts'
import { Disk } from './disk.ts'
import { faults } from './fault.ts'
import { FileSystem, type View } from './files/index.ts'
import { label, machineLabel } from './hash.ts'
import { Life } from './life.ts'
import type { Operation, Window } from './operation.ts'
import { SimPool } from './pool.ts'
import { SimProcesses } from './processes.ts'
import type { ProcessHost } from './processHost.ts'
import { type PidNamespace, ProcessTable, type SimProcess } from './processTable.ts'
import type { Program, Programs } from './program.ts'
import { SimContainers } from './simContainers.ts'
import { RUNS, SimFiles } from './simFiles.ts'
import { spanOf } from './span.ts'
import type { Schema, World } from './world.ts'

const ROOT_UID = 0
const SERVER_UID = 1000
const STRANGER_UID = 1001
const INIT_THREADS = 6
/** Strangers leave so many numbers free. */
const PIDS_LEFT = 5
const NEIGHBOUR_MS = 86_400_000
const neighbourLabel = label('neighbours')
const engineLabel = label('engine')
const runLabel = label('run')
const readyLabel = label('ready')
const exitLabel = machineLabel('exit-notice')
const endLabel = label('end')
const roomLabel = label('room')
const exitWindow: Window = { earliestUs: 50, typicalUs: 500, latestUs: 20_000 }

interface Running {
  readonly program: Program
  readonly chain: Chain
  readonly life: Life | undefined
  readonly notify: (exit: Exit) => void
  end: Operation | undefined
}

export class Machine implements ProcessHost {
  readonly bootId = 'boot-1'
  readonly world: World
  readonly table: ProcessTable
  readonly programs: Programs
  readonly disk = new Disk()
  /** What root sees of the files, where the servers stand. */
  readonly root: View
  readonly containers: ContainerRuntime
  /** What the servers see of them. */
  readonly files: View
  /** The living servers, by number. */
  readonly lives: (Life | undefined)[] = []
  /** The sleeping and working loops of all living servers. */
  readonly loops: PeriodicLoop[] = []
  /** Set by whoever runs the machine: what follows the end of a life. */
  onEnd: (life: Life) => void = () => undefined
  private readonly schema: Schema
  private readonly running = new Map<SimProcess, Running>()
  /** All that ever ran a program, the latest first, with the chain that started it. */
  private readonly started: { process: SimProcess; chain: Chain }[] = []
  private readonly ordinals: number[] = []
  private shared: PidNamespace | undefined

  constructor(world: World, programs: Programs, images: readonly string[], schema: Schema) {
    this.world = world
    this.programs = programs
    this.schema = schema
    const { observer } = world
    this.table = new ProcessTable({
      started: (process) => observer.happened(eventOf('processStarted', process, this.isServer(process.parent))),
      died: (process) => this.died(process),
      reaped: () => undefined,
    })
    world.hazards.delaysBy(exitLabel, faults.exitLate)
    const files = new FileSystem()
    this.root = files.view({ namespace: files.initial, uid: ROOT_UID })
    const uid = world.profile.mounts === 'root-owned' ? SERVER_UID : ROOT_UID
    this.files = files.view({ namespace: files.initial, uid })
    this.root.mkdir(RUNS, { sticky: true })
    this.root.mkdir('/containers')
    this.containers = new ContainerRuntime(world, files, this.root, images, ({ spec }) =>
      programs(spec.argv, spec.environment.STRANDLINE_RUN ?? ''),
    )
    world.isDiskFull = () => this.disk.isBrimful
    world.onCrash = (life) => this.end(life, 'crash')
    world.resolvePid = (pid, scope) => {
      for (const { process, chain } of this.started)
        if (process.pid === pid && scope !== undefined && chain.within(scope.chain)) return process.generation
      for (const life of this.lives) {
        const held = life === undefined ? undefined : this.table.at(life.process.ns, pid)
        if (held !== undefined) return held.generation
      }
      return undefined
    }
  }

  /** Starts a server; its process is the first in a new container, or one more on the host. Undefined: no pid is left. */
  startLife(server: number): Life | undefined {
    const { world } = this
    const ordinal = this.ordinals[server] ?? 0
    const process = this.serverProcess(server, `server${server}.${ordinal}`)
    if (process === undefined) return undefined
    this.ordinals[server] = ordinal + 1
    const life = new Life(server, ordinal, process)
    this.lives[server] = life
    const bits = () => world.randomBits()
    life.ports = {
      clock: new SimClock(world, life, this.loops),
      random: {
        token: () => [bits(), bits(), bits(), bits()].map((word) => word.toString(16).padStart(8, '0')).join(''),
        unit: () => bits() / 0x100000000,
      },
      processes: new SimProcesses(this, life),
      containers: new SimContainers(world, life, this.containers),
      files: new SimFiles(world, life, this.disk, this.files),
      database: new SimDatabase(world.image, life, world),
      pool: new SimPool(world, life),
    } satisfies Ports
    if (world.profile.neighbours > 0 && world.profile.crashTakes === 'container') this.settleNeighbours(life)
    world.changes++
    world.observer.happened({ kind: 'lifeStarted', server, ordinal })
    world.tell(life.name, [`server:${server}`], `starts as pid ${life.process.pid}`)
    return life
  }

  end(life: Life, how: 'crash' | 'stop'): void {
    if (!life.alive) return
    const { world } = this
    life.alive = false
    this.lives[life.server] = undefined
    world.drop(life)
    for (let i = this.loops.length - 1; i >= 0; i--) if (this.loops[i]!.life === life) this.loops.splice(i, 1)
    world.changes++
    world.observer.happened({ kind: 'lifeEnded', server: life.server, ordinal: life.ordinal, how })
    world.tell(life.name, [`server:${life.server}`], how === 'crash' ? 'dies' : 'has stopped')
    const { process } = life
    if (world.profile.crashTakes === 'container') this.table.closeNamespace(process.ns)
    else this.table.exit(process, { code: how === 'stop' ? 0 : 1, signal: null })
    this.onEnd(life)
  }

  /** Lets a process run its program; the promise resolves when its parent is told of its end. */
  run(process: SimProcess, program: Program, life: Life | undefined, chain: Chain): Promise<Exit> {
    const { loop } = this.world
    return new Promise((resolve) => {
      const running: Running = { program, chain, life, notify: resolve, end: undefined }
      this.running.set(process, running)
      this.started.unshift({ process, chain })
      this.endIn(process, running, program.runMs, program.exit)
      if (program.leaves !== undefined) this.leave(process, program.leaves, chain)
      if (program.onTerm === 'dies') return
      const disposition = program.onTerm === 'ignores' ? 'ignored' : 'handled'
      loop.issue(loop.fork(chain, readyLabel), readyLabel, spanOf(program.readyMs), () => {
        if (process.state === 'running') this.table.setDisposition(process, 'SIGTERM', disposition)
      })
    })
  }

  /** A process that nobody here started. */
  stranger(ns: PidNamespace, chain: Chain, ms: number, sameUser: boolean): void {
    // A server that finds no pid for hours tests nothing.
    if (this.table.members(ns).length + PIDS_LEFT >= ns.pidMax) return
    const uid = sameUser ? SERVER_UID : STRANGER_UID
    const process = this.table.spawn({
      ns,
      parent: ns.init.state === 'running' ? ns.init : undefined,
      ownGroup: true,
      uid,
      env: {},
      label: 'a stranger',
      nowUs: this.world.nowUs,
    })
    if (typeof process === 'string') return
    void this.run(process, { runMs: ms, exit: { code: 0, signal: null }, readyMs: 0, onTerm: 'dies' }, undefined, chain)
  }

  /** The process dies, somebody else reaps it, so that nobody is told, and a stranger gets its number at once. */
  impersonate(process: SimProcess, chain: Chain, ms: number): void {
    const running = this.running.get(process)
    if (running === undefined || process.ns.closed) return
    this.running.set(process, { ...running, life: undefined })
    this.table.exit(process, { code: null, signal: 'SIGKILL' })
    const { parent, ns, pid } = process
    if (process.state === 'zombie' && parent?.state === 'running') this.table.reap(parent, pid)
    if (process.state !== 'reaped') return
    this.table.setLastPid(ns, pid - 1)
    this.stranger(ns, chain, ms, true)
  }

  /** Somebody else fills the disk, for so long. */
  fillDisk(chain: Chain, ms: number, brim: boolean): void {
    const { loop, nowUs } = this.world
    this.disk.fill(nowUs + ms * 1000, brim)
    loop.issue(loop.fork(chain, roomLabel), roomLabel, spanOf(ms), () => {
      this.disk.clear(brim)
      this.world.changes++
      this.world.tell('disk', [], 'has room again')
    })
  }

  /** The daemon of the container engine ends, and is back after so long. */
  restartEngine(chain: Chain, how: 'term' | 'kill', ms: number): void {
    this.containers.restart(this.world.loop.fork(chain, engineLabel), how, ms)
  }

  /** A process got a signal for which it has a handler. */
  handled(process: SimProcess): void {
    const running = this.running.get(process)
    if (running === undefined || typeof running.program.onTerm === 'string') return
    const { afterMs, code } = running.program.onTerm
    this.endIn(process, running, afterMs, { code, signal: null })
  }

  /** The living children of servers, by generation. */
  children(): SimProcess[] {
    return [...this.running].filter(([, { life }]) => life !== undefined).map(([process]) => process)
  }

  /** All living processes that carry a run's token, by generation. */
  carriers(): SimProcess[] {
    return [...this.running.keys()].filter(({ env }) => env.STRANDLINE_RUN !== undefined)
  }

  /** Which generations do the rows that still matter mean by this pid? */
  meanings(pid: number): number[] {
    return this.world.mirror.meanings('process', pid, this.schema.live)
  }

  /** Other services of the container, which have taken some of the small numbers. */
  private settleNeighbours(life: Life): void {
    const { world } = this
    const chain = world.loop.fork(world.loop.root(life.name), neighbourLabel)
    const count = world.choices.pick(chain, neighbourLabel, world.profile.neighbours + 1)
    for (let n = 0; n < count; n++) this.stranger(life.process.ns, chain, NEIGHBOUR_MS, true)
  }

  private isServer(process: SimProcess | undefined): boolean {
    return process !== undefined && this.lives.some((life) => life?.process === process)
  }

  private endIn(process: SimProcess, running: Running, ms: number, exit: Exit): void {
    const { loop } = this.world
    if (running.end !== undefined) loop.remove(running.end)
    running.end = loop.issue(loop.fork(running.chain, runLabel), endLabel, spanOf(ms), () => {
      if (process.state === 'running') this.table.exit(process, exit)
    })
  }

  private died(process: SimProcess): void {
    const { world } = this
    world.observer.happened(eventOf('processDied', process, this.isServer(process.parent)))
    world.changes++
    const running = this.running.get(process)
    if (running === undefined) return
    this.running.delete(process)
    if (running.end !== undefined) world.loop.remove(running.end)
    const { life } = running
    if (world.telling)
      world.tell('kernel', [`pid:${process.pid}`], `pid ${process.pid} (${process.label}) ${ending(process)}`)
    if (life?.alive) this.notice(process, running, life)
  }

  /** The exit notice: libuv reaps and tells in one step, which may come late; a lost one was reaped by somebody else. */
  private notice(process: SimProcess, running: Running, life: Life): void {
    const { world, table } = this
    const chain = world.loop.fork(running.chain, exitLabel)
    const reap = (operation: Operation) => {
      if (process.state === 'zombie') table.reap(life.process, process.pid)
      if (!world.hazards.strikes(operation, faults.exitLost)) return true
      world.observer.happened({ kind: 'fault', name: 'exitLost' })
      world.tell(life.name, [`pid:${process.pid}`], `never hears of the exit of pid ${process.pid}`)
      return false
    }
    world.effect(life, chain, undefined, exitLabel, exitWindow, [`pid:${process.pid}`], reap, (settled) => {
      if ('value' in settled && settled.value) {
        const { code, signal } = process.exit!
        world.observer.happened({ kind: 'exitTold', token: process.env.STRANDLINE_RUN, life: life.name })
        running.notify({ code, signal })
      }
    })
  }

  /** A child of the program, which outlives it. */
  private leave(leader: SimProcess, { ms, escapes }: NonNullable<Program['leaves']>, chain: Chain): void {
    const { ns, uid, env } = leader
    const label = `left by ${leader.label}`
    const left = this.table.spawn({ ns, parent: leader, ownGroup: escapes, uid, env, label, nowUs: this.world.nowUs })
    if (typeof left === 'string') return
    this.table.setDisposition(left, 'SIGTERM', 'ignored')
    void this.run(left, { runMs: ms, exit: { code: 0, signal: null }, readyMs: 0, onTerm: 'dies' }, undefined, chain)
  }

  private serverProcess(server: number, token: string): SimProcess | undefined {
    const { crashTakes, pidMax, init } = this.world.profile
    const nowUs = this.world.nowUs
    const env = { STRANDLINE_RUN: token }
    const options = { initUid: SERVER_UID, nowUs, pidMax }
    if (crashTakes === 'container' && init === 'server') {
      const prelude = Math.min(INIT_THREADS, pidMax - 2)
      const container = { ...options, initReaps: false, prelude, initEnv: env, initLabel: `server ${server}` }
      return this.table.openNamespace(container).init
    }
    const ns =
      (crashTakes === 'process' ? this.shared : undefined) ?? this.table.openNamespace({ ...options, initReaps: true })
    if (crashTakes === 'process') this.shared = ns
    const process = this.table.spawn({
      ns,
      parent: ns.init,
      ownGroup: true,
      uid: SERVER_UID,
      env,
      label: `server ${server}`,
      nowUs,
    })
    return typeof process === 'string' ? undefined : process
  }
}

function ending(process: SimProcess): string {
  const { exit } = process
  return exit?.code === null ? `dies of ${exit.signal}` : `ends with ${exit?.code}`
}

function eventOf(kind: 'processStarted' | 'processDied', process: SimProcess, byServer: boolean) {
  const { generation, pid, env } = process
  return { kind, generation, pid, token: env.STRANDLINE_RUN, byServer } as const
}
