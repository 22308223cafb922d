/**
 * Where containers run: the engine, the main processes of its containers, and what they see of the machine's files. It
 * outlives all servers. What is asked of the engine goes on whether or not somebody still waits for the answer.
 */
import type { ContainerId } from '../model/ids.ts'
import type { Chain } from './chain.ts'
import { Containment } from './containment.ts'
import { type Request, type Rest, type SimContainer, SimEngine } from './engine/engine.ts'
import type { FileSystem, View } from './files/index.ts'
import { label, machineLabel } from './hash.ts'
import type { Operation, Window } from './operation.ts'
import type { Program } from './program.ts'
import { spanOf } from './span.ts'
import type { World } from './world.ts'

const engineLabel = machineLabel('engine')
const graceLabel = machineLabel('grace')
const endLabel = label('end')
const readyLabel = label('ready')
const signalLabel = machineLabel('container-signal')
const deliveryWindow: Window = { earliestUs: 10, typicalUs: 100, latestUs: 1_000 }
const KILLED = 137
const TERMINATED = 143
const RISE_MS = 300
/** Those that its engine ends get so long, and it takes so long to be back. */
const RISE_MS_MAX = 12_000

/** A main process. */
interface Inside {
  readonly container: SimContainer
  readonly program: Program
  readonly chain: Chain
  readonly containment: Containment
  handles: boolean
  end: Operation | undefined
}

interface Resting {
  readonly rest: Rest
  go(): void
}

export class ContainerRuntime {
  readonly engine: SimEngine
  /** By then the engine is back, in microseconds; 0: it was never away. */
  awayUntilUs = 0
  private readonly world: World
  private readonly files: FileSystem
  private readonly host: View
  private readonly program: (container: SimContainer) => Program | undefined
  private readonly inside = new Map<ContainerId, Inside>()
  private readonly mounted = new Map<ContainerId, Containment>()
  private readonly chains = new Map<ContainerId, Chain>()
  private resting: Resting[] = []

  constructor(
    world: World,
    files: FileSystem,
    host: View,
    images: readonly string[],
    program: (container: SimContainer) => Program | undefined,
  ) {
    this.world = world
    this.files = files
    this.host = host
    this.program = program
    this.engine = new SimEngine(images, {
      started: (container) => this.start(container),
      signalled: (container, signal) => this.signal(container, signal),
      exited: (container) => this.exited(container),
      removed: (container) => this.removed(container),
    })
  }

  /** The chain on which what a container does follows from what started it. */
  remember(id: ContainerId, chain: Chain): void {
    this.chains.set(id, chain)
  }

  /** Takes a request from step to step, each after what it waits for. */
  drive<Answer>(request: Request<Answer>, chain: Chain, pace: Window, done: (answer: Answer) => void): void {
    const { loop } = this.world
    const advance = () => {
      const { value, done: isDone } = request.next()
      this.wake()
      if (isDone) {
        done(value)
        return
      }
      const next = () => loop.issue(loop.fork(chain, engineLabel), engineLabel, pace, advance, undefined, ANY)
      this.rest(value, chain, next)
    }
    advance()
  }

  /** The daemon ends, and comes back after a while; containers that run then are ended by it. */
  restart(chain: Chain, how: 'term' | 'kill', ms: number): void {
    const { engine, world } = this
    if (engine.phase !== 'up') return
    world.changes++
    world.tell('engine', [], how === 'kill' ? 'is killed' : 'is told to end')
    this.awayUntilUs = world.nowUs + (ms + RISE_MS + 2 * RISE_MS_MAX) * 1000
    const rise = () => {
      const later = () =>
        this.drive(engine.rise(), chain, deliveryWindow, () => {
          world.changes++
          world.tell('engine', [], 'is back')
        })
      world.loop.issue(world.loop.fork(chain, engineLabel), engineLabel, spanOf(ms + RISE_MS), later)
    }
    if (how === 'kill') {
      engine.dieByKill()
      this.wake()
      rise()
    } else this.drive(engine.dieByTerm(), chain, deliveryWindow, rise)
  }

  /** Main processes, as a server sees them that stands where they do: a process of its machine, with an environment. */
  processes(): readonly { readonly token: string; kill(): void }[] {
    return [...this.inside.values()].map((inside) => ({
      token: inside.container.spec.environment.STRANDLINE_RUN ?? '',
      kill: () => this.finish(inside, KILLED),
    }))
  }

  private start(container: SimContainer): 'running' | 'missing' {
    const { world } = this
    const program = this.program(container)
    if (program === undefined) return 'missing'
    this.mounted.get(container.id)?.release()
    const containment = new Containment(this.files, this.host, container, world.profile.mounts)
    this.mounted.set(container.id, containment)
    const chain = this.chains.get(container.id) ?? world.loop.root('engine')
    const inside: Inside = { container, program, chain, containment, handles: false, end: undefined }
    this.inside.set(container.id, inside)
    world.changes++
    world.observer.happened({ kind: 'containerStarted', id: container.id })
    if (world.telling) world.tell('engine', aboutOf(container), `starts container ${container.spec.name}`)
    this.write(inside, 'start')
    this.endIn(inside, program.runMs, program.exit.code ?? KILLED)
    if (program.onTerm !== 'dies')
      world.loop.issue(world.loop.fork(chain, readyLabel), readyLabel, spanOf(program.readyMs), () => {
        inside.handles = true
      })
    return 'running'
  }

  /** It ends by itself after so long. */
  private endIn(inside: Inside, ms: number, code: number): void {
    const { loop } = this.world
    if (inside.end !== undefined) loop.remove(inside.end)
    inside.end = loop.issue(loop.fork(inside.chain, endLabel), endLabel, spanOf(ms), () => {
      if (this.inside.get(inside.container.id) !== inside) return
      this.write(inside, 'end')
      this.finish(inside, code)
    })
  }

  private write({ container, program, containment }: Inside, at: 'start' | 'end'): void {
    for (const { when, path, text } of program.writes ?? [])
      if (when === at && containment.write(path, text, container.id))
        this.world.observer.happened({ kind: 'containerWrote', id: container.id, path, text })
  }

  private finish(inside: Inside, code: number): void {
    const { world } = this
    if (inside.end !== undefined) world.loop.remove(inside.end)
    this.inside.delete(inside.container.id)
    inside.containment.leave()
    world.changes++
    world.observer.happened({ kind: 'containerEnded', id: inside.container.id, code })
    if (world.telling)
      world.tell('engine', aboutOf(inside.container), `container ${inside.container.spec.name} ends with ${code}`)
    this.engine.exited(inside.container.id, code)
  }

  /** A signal takes its way. */
  private signal(container: SimContainer, signal: string): void {
    const { world } = this
    const inside = this.inside.get(container.id)
    if (inside === undefined) return
    const { loop } = world
    loop.issue(
      loop.fork(inside.chain, signalLabel),
      signalLabel,
      deliveryWindow,
      () => {
        if (this.inside.get(container.id) === inside) this.deliver(inside, signal)
      },
      undefined,
      [`container:${container.id}`],
    )
  }

  /** The main process is pid 1 of its namespace: what it does not handle, but for SIGKILL, does nothing (spec: C4). */
  private deliver(inside: Inside, signal: string): void {
    const { onTerm } = inside.program
    if (signal === 'SIGKILL') this.finish(inside, KILLED)
    else if (signal === 'SIGTERM' && inside.handles && typeof onTerm === 'object')
      this.endIn(inside, onTerm.afterMs, onTerm.code)
    else if (signal === 'SIGTERM' && onTerm === 'dies') this.finish(inside, TERMINATED)
  }

  private exited(container: SimContainer): void {
    this.world.observer.happened({ kind: 'containerExited', id: container.id, code: container.exitCode })
    this.wake()
  }

  private removed(container: SimContainer): void {
    this.mounted.get(container.id)?.release()
    this.mounted.delete(container.id)
    this.world.changes++
    if (this.world.telling) this.world.tell('engine', aboutOf(container), `container ${container.spec.name} is removed`)
    this.wake()
  }

  private rest(rest: Rest, chain: Chain, next: () => void): void {
    if (rest.isOver()) {
      next()
      return
    }
    let timer: Operation | undefined
    const { loop } = this.world
    const resting: Resting = {
      rest,
      go: () => {
        if (timer !== undefined) loop.remove(timer)
        next()
      },
    }
    this.resting.push(resting)
    if (rest.atMostMs === undefined) return
    timer = loop.issue(loop.fork(chain, graceLabel), graceLabel, spanOf(rest.atMostMs), () => {
      this.resting = this.resting.filter((other) => other !== resting)
      next()
    })
  }

  /** Whoever has waited for what has just happened goes on. */
  private wake(): void {
    const over = this.resting.filter(({ rest }) => rest.isOver())
    if (over.length === 0) return
    this.resting = this.resting.filter((resting) => !over.includes(resting))
    for (const { go } of over) go()
  }
}

const ANY: readonly string[] = ['container:*']

function aboutOf({ id, spec }: SimContainer): string[] {
  return [`container:${id}`, ...Object.values(spec.labels).map((value) => `run:${value}`)]
}
