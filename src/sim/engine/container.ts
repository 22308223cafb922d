/**
 * One container as the engine knows it. What runs in it is the world's business: here is only whether something does,
 * how the last of it ended, and who wants to be told of the end.
 */
import type { ContainerId } from '../../model/ids.ts'
import type { ContainerSpec, ContainerState } from '../../ports/index.ts'

export type WaitCondition = 'not-running' | 'next-exit' | 'removed'

/** `unreachable`: the connection broke, or there was none; nobody knows what was done. */
export type WaitAnswer = { readonly status: 200; readonly code: number } | { readonly status: 404 | 'unreachable' }

/** Called once, while it happens: may read the engine, must not change it. */
export type Told = (answer: WaitAnswer) => void

interface Waiter {
  readonly condition: WaitCondition
  readonly told: Told
}

/** What others may see of one. */
export interface SimContainer {
  readonly id: ContainerId
  readonly spec: ContainerSpec
  readonly state: ContainerState
  /** Of the last end, or of the last start if that failed; 0 before the first and while it runs. */
  readonly exitCode: number
  /** How often its main process has begun: tells one from the next. */
  readonly starts: number
  /** Whether it is removed: only its id is left. */
  readonly isGone: boolean
}

export class EngineContainer implements SimContainer {
  readonly id: ContainerId
  readonly spec: ContainerSpec
  exitCode = 0
  starts = 0
  isRunning = false
  /** Somebody is about to remove it, which nobody else may then. It may still run. */
  isRemoving = false
  isGone = false
  /** What it ended with while nobody looked: the engine learns of it when it comes back (C16). */
  unseenCode: number | undefined
  readonly #waiters: Waiter[] = []

  constructor(id: ContainerId, spec: ContainerSpec) {
    this.id = id
    this.spec = spec
  }

  get state(): ContainerState {
    if (this.isRunning) return 'running'
    if (this.isRemoving) return 'removing'
    return this.starts === 0 ? 'created' : 'exited'
  }

  begin(): void {
    this.starts++
    this.exitCode = 0
    this.isRunning = true
  }

  end(code: number): void {
    this.isRunning = false
    this.exitCode = code
    this.#tell(({ condition }) => condition !== 'removed')
  }

  remove(): void {
    this.isGone = true
    this.#tell(() => true)
  }

  wait(condition: WaitCondition, told: Told): void {
    if (condition === 'not-running' && !this.isRunning) told({ status: 200, code: this.exitCode })
    else this.#waiters.push({ condition, told })
  }

  /** Nobody who waits will be told of the end any more. */
  loseWaiters(): void {
    for (const { told } of this.#waiters.splice(0)) told({ status: 'unreachable' })
  }

  #tell(concerned: (waiter: Waiter) => boolean): void {
    const waiters = this.#waiters.splice(0)
    this.#waiters.push(...waiters.filter((waiter) => !concerned(waiter)))
    for (const { told } of waiters.filter(concerned)) told({ status: 200, code: this.exitCode })
  }
}
