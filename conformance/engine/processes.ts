/** What runs in the containers of one track of the simulated engine, and what can happen to it next. */
import type { EngineHooks, SimContainer } from '../../src/sim/engine/engine.ts'
import type { Kind } from './operation.ts'

const TRAP_CODE = 0
const BRIEF_CODE = 3
const KILLED_CODE = 137

interface Process {
  readonly container: SimContainer
  /** Before that it does not hear SIGTERM (B15). */
  isReady: boolean
  /** What it may end with: it is not said which of several causes is the faster. */
  readonly codes: Set<number>
  isHeld: boolean
}

export class Processes implements EngineHooks {
  readonly #running = new Map<SimContainer, Process>()

  started(container: SimContainer): 'running' | 'missing' | 'not executable' {
    const kind = kindOf(container)
    if (kind === 'missing' || kind === 'not executable') return kind
    this.#running.set(container, {
      container,
      isReady: false,
      codes: new Set(kind === 'brief' ? [BRIEF_CODE] : []),
      isHeld: false,
    })
    return 'running'
  }

  signalled(container: SimContainer, signal: string): void {
    const process = this.#running.get(container)
    if (process === undefined) return
    if (signal === 'SIGKILL') process.codes.add(KILLED_CODE)
    if (signal === 'SIGTERM' && kindOf(container) === 'trap' && process.isReady) process.codes.add(TRAP_CODE)
  }

  exited(container: SimContainer): void {
    this.#running.delete(container)
  }

  removed(): void {}

  finish(container: SimContainer, code: number): void {
    this.#running.get(container)?.codes.add(code)
  }

  /** Frozen, it can neither end nor hear anything. */
  hold(container: SimContainer, isHeld: boolean): void {
    const process = this.#running.get(container)
    if (process !== undefined) process.isHeld = isHeld
  }

  /** Each of these can be the next thing that happens. */
  moves(exited: (container: SimContainer, code: number) => void): (() => void)[] {
    return [...this.#running.values()].flatMap((process) => {
      const { container, codes, isReady, isHeld } = process
      if (isHeld) return []
      const ends = [...codes].map((code) => () => {
        this.#running.delete(container)
        exited(container, code)
      })
      const becomeReady = () => {
        process.isReady = true
      }
      return isReady || kindOf(container) === 'brief' ? ends : [becomeReady, ...ends]
    })
  }
}

export function kindOf({ spec }: SimContainer): Kind {
  return spec.labels.kind as Kind
}
