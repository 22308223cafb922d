// A simulated Docker Engine: who has which name, what may be done to a container in which state, and who is told of its
// end.
//
// So the engine keeps what Docker keeps and what one does not expect: a name is taken until a removal is complete,
// "removal in progress" does not mean gone, a wait on a container that was never started answers 0 at once, and a daemon
// that is killed leaves its containers at work.
//
// The rules, with the rows of the kernel specification that they come from:
// - C1: 404 for the image comes before 400 for the name, and that before 409 for a name that is taken.
// - C2, C19: a start looks twice, and others may come between: three at once give 204, 304, 304 or 204, 204, 304. What
//   cannot be executed is 400, with 127 or 126, and the container stays as it was.
// - C3, C4: who stops or kills by SIGKILL waits for the end. An unknown signal is 400 before anything else. What a
//   signal does is up to the process, and the first of a container is shielded like any init (B12).
// - C5: of several removals one is at work and the others are refused at once; but one that has found the container before
//   it was gone, and looks again only after that, is 204 as well.
// - C6, C7: who waits is told of the next end after their request, even if another start comes before the answer.
// - C13: nothing stops because nobody waits for the answer any more: drive a request to its end all the same.
// - C15, C16: the death of the daemon, and its rise.
//
// Everything is synchronous and nothing is drawn or timed. What takes its time is a request of several steps, see
// `request.ts`; how long each of them takes, and what a container does, the world decides.
//
// Not modelled: pausing, restart policies, automatic removal, renaming, prefixes of ids, events, exec, volumes, a
// container that a removal leaves half removed ("dead"), and the loss of a shim, the process that stands between the
// daemon and a container and remembers its exit code.

import type { ContainerId } from '../../model/ids.ts'
import type { ContainerSpec } from '../../ports/index.ts'
import type { EngineContainer, SimContainer, Told, WaitCondition } from './container.ts'
import { isName, Registry } from './registry.ts'
import { type Request, type Rest, TURN } from './request.ts'

export type { SimContainer, Told, WaitAnswer, WaitCondition } from './container.ts'
export { atOnce, type Request, type Rest } from './request.ts'

/** How long those that a daemon ends have to end by themselves (C15). */
export const DAEMON_GRACE_MS = 10_000
const KNOWN_SIGNAL =
  /^(SIG)?(HUP|INT|QUIT|ABRT|KILL|USR1|USR2|PIPE|ALRM|TERM|CHLD|CONT|STOP|TSTP|TTIN|TTOU|URG|WINCH|IO)$/
const SHELL_CODES = { missing: 127, 'not executable': 126 } as const

/** As the engine itself says it over HTTP; `unreachable`: it could not be asked, or broke off before it answered. */
export type Status = 204 | 304 | 400 | 404 | 409 | 'unreachable'
export type CreateAnswer =
  | { readonly status: 201; readonly id: ContainerId }
  | { readonly status: 400 | 404 | 409 | 'unreachable' }

/** `leaving` and `rising`: it ends its containers, and takes no requests. */
export type Phase = 'up' | 'leaving' | 'down' | 'rising'

/** What the engine leaves to the world. Called while it happens; only from `signalled` may `exited` be called back. */
export interface EngineHooks {
  /** The main process is to begin: can it? */
  started(container: SimContainer): 'running' | 'missing' | 'not executable'
  signalled(container: SimContainer, signal: string): void
  /** The engine knows of an end. */
  exited(container: SimContainer): void
  /** The id is known no more, and the name is free. */
  removed(container: SimContainer): void
}

export class SimEngine {
  readonly #registry = new Registry()
  readonly #images: ReadonlySet<string>
  readonly #hooks: EngineHooks
  #phase: Phase = 'up'
  /** Of the daemon: what was asked of an earlier one is never answered. */
  #life = 1

  constructor(images: readonly string[], hooks: EngineHooks) {
    this.#images = new Set(images)
    this.#hooks = hooks
  }

  get phase(): Phase {
    return this.#phase
  }

  create(spec: ContainerSpec): CreateAnswer {
    if (this.#phase !== 'up') return { status: 'unreachable' }
    if (!this.#images.has(spec.image)) return { status: 404 }
    if (!isName(spec.name)) return { status: 400 }
    if (this.#registry.isTaken(spec.name)) return { status: 409 }
    return { status: 201, id: this.#registry.add(spec).id }
  }

  *start(reference: string): Request<Status> {
    const container = this.#find(reference)
    if (typeof container !== 'object') return container
    if (container.isRunning) return 304
    if (container.isRemoving) return 409
    if (!(yield* this.#rest(TURN))) return 'unreachable'
    if (container.isRunning) return 204
    if (container.isRemoving || container.isGone) return 409
    const began = this.#hooks.started(container)
    if (began === 'running') {
      container.begin()
      return 204
    }
    container.exitCode = SHELL_CODES[began]
    return 400
  }

  *stop(reference: string, graceMs: number): Request<Status> {
    const container = this.#find(reference)
    if (typeof container !== 'object') return container
    if (!container.isRunning) return 304
    if (!(yield* this.#rest(TURN))) return 'unreachable'
    if (!container.isRunning) return 204
    const ended = nextEnd(container)
    this.#hooks.signalled(container, 'SIGTERM')
    if (!(yield* this.#rest({ ...ended, atMostMs: graceMs }))) return 'unreachable'
    if (ended.isOver()) return 204
    this.#hooks.signalled(container, 'SIGKILL')
    return (yield* this.#rest(ended)) ? 204 : 'unreachable'
  }

  *kill(reference: string, signal: string): Request<Status> {
    if (this.#phase !== 'up') return 'unreachable'
    if (!KNOWN_SIGNAL.test(signal)) return 400
    const container = this.#find(reference)
    if (typeof container !== 'object') return container
    if (!container.isRunning) return 409
    const ended = nextEnd(container)
    this.#hooks.signalled(container, signal.replace(/^(SIG)?/, 'SIG'))
    if (!signal.endsWith('KILL')) return 204
    return (yield* this.#rest(ended)) ? 204 : 'unreachable'
  }

  *remove(reference: string, { force }: { readonly force: boolean }): Request<Status> {
    const container = this.#find(reference)
    if (typeof container !== 'object') return container
    if (!(yield* this.#rest(TURN))) return 'unreachable'
    if (container.isRemoving) return 409
    container.isRemoving = true
    if (!(yield* this.#rest(TURN))) return 'unreachable'
    if (container.isRunning && !force) {
      container.isRemoving = false
      return 409
    }
    if (container.isRunning) {
      const ended = nextEnd(container)
      this.#hooks.signalled(container, 'SIGKILL')
      if (!(yield* this.#rest(ended))) return 'unreachable'
    }
    if (!(yield* this.#rest(TURN))) return 'unreachable'
    container.isRemoving = false
    if (container.isGone) return 204
    this.#registry.delete(container)
    container.remove()
    this.#hooks.removed(container)
    return 204
  }

  /** Told perhaps at once. Whoever gives up simply no longer listens. */
  wait(reference: string, condition: WaitCondition, told: Told): void {
    const container = this.#find(reference)
    if (typeof container === 'object') container.wait(condition, told)
    else told({ status: container })
  }

  inspect(reference: string): SimContainer | 404 | 'unreachable' {
    return this.#find(reference)
  }

  /** Those with all of these labels, in the order of their creation. */
  list(labels: Readonly<Record<string, string>>): readonly SimContainer[] | 'unreachable' {
    if (this.#phase !== 'up') return 'unreachable'
    const wanted = Object.entries(labels)
    return this.#registry.all().filter(({ spec }) => wanted.every(([name, value]) => spec.labels[name] === value))
  }

  /** Whatever the daemon does or does not know: for the world, which looks from outside. */
  all(): readonly SimContainer[] {
    return this.#registry.all()
  }

  /** The main process has ended. Without a daemon nobody learns of it before the next one (C16). */
  exited(id: ContainerId, code: number): void {
    const container = this.#registry.find(id)
    if (container === undefined || !container.isRunning || container.unseenCode !== undefined) {
      throw new Error(`engine: container ${id} does not run`)
    }
    if (this.#phase === 'down') container.unseenCode = code
    else this.#end(container, code)
  }

  /** SIGKILL: what was asked is never answered, and the containers go on (C16). */
  dieByKill(): void {
    if (this.#phase === 'down') throw new Error('engine: the daemon is down already')
    this.#phase = 'down'
    this.#life++
    for (const container of this.#registry.all()) {
      container.isRemoving = false
      container.loseWaiters()
    }
  }

  /** SIGTERM: it ends its containers, tells those who wait for that, and is gone (C15). */
  *dieByTerm(): Request<void> {
    if (this.#phase !== 'up') throw new Error(`engine: the daemon is ${this.#phase}, and cannot be asked to end`)
    this.#phase = 'leaving'
    if (yield* this.#endAll()) this.dieByKill()
  }

  /** A new daemon finds out what has ended meanwhile, ends what has not, and then takes requests (C16). */
  *rise(): Request<void> {
    if (this.#phase !== 'down') throw new Error(`engine: there is a daemon, which is ${this.#phase}`)
    this.#phase = 'rising'
    for (const container of this.#registry.running()) {
      const { unseenCode } = container
      if (unseenCode === undefined) continue
      container.unseenCode = undefined
      this.#end(container, unseenCode)
    }
    if (yield* this.#endAll()) this.#phase = 'up'
  }

  *#endAll(): Generator<Rest, boolean, void> {
    const running = this.#registry.running()
    for (const container of running) this.#hooks.signalled(container, 'SIGTERM')
    const ended: Rest = { isOver: () => running.every(({ isRunning }) => !isRunning), atMostMs: undefined }
    if (!(yield* this.#rest({ ...ended, atMostMs: DAEMON_GRACE_MS }))) return false
    if (ended.isOver()) return true
    for (const container of this.#registry.running()) this.#hooks.signalled(container, 'SIGKILL')
    return yield* this.#rest(ended)
  }

  #find(reference: string): EngineContainer | 404 | 'unreachable' {
    if (this.#phase !== 'up') return 'unreachable'
    return this.#registry.find(reference) ?? 404
  }

  #end(container: EngineContainer, code: number): void {
    container.end(code)
    this.#hooks.exited(container)
  }

  /** Whether the daemon that was asked still lives after it. */
  *#rest({ isOver, atMostMs }: Rest): Generator<Rest, boolean, void> {
    const life = this.#life
    yield { isOver: () => life !== this.#life || isOver(), atMostMs }
    return life === this.#life
  }
}

function nextEnd(container: EngineContainer): Rest {
  const { starts } = container
  return { isOver: () => !container.isRunning || container.starts !== starts, atMostMs: undefined }
}
