/** The lives of servers, as the model keeps them: each is open until somebody has ended it. */
import type { LifeId } from '../../../src/model/ids.ts'
import type { OpenLife } from '../../../src/system/index.ts'
import { server } from '../handDrivenMachine.ts'

interface ModelLife {
  readonly token: string
  readonly startedAt: number
  readonly shared: boolean
  beats: number
  isOpen: boolean
}

export class ModelLives {
  private readonly lives = new Map<LifeId, ModelLife>()

  open(id: LifeId, token: string, shared: boolean, nowMs: number): void {
    if ([...this.lives.keys()].some((other) => other >= id)) throw new Error(`life ${id}: ids must grow`)
    this.lives.set(id, { token, startedAt: nowMs, shared, beats: 0, isOpen: true })
  }

  beat(id: LifeId): boolean {
    const life = this.lives.get(id)!
    if (life.isOpen) life.beats++
    return life.isOpen
  }

  end(id: LifeId): boolean {
    const life = this.lives.get(id)!
    const was = life.isOpen
    life.isOpen = false
    return was
  }

  all(): LifeId[] {
    return [...this.lives.keys()]
  }

  allOpen(): OpenLife[] {
    return [...this.lives]
      .filter(([, { isOpen }]) => isOpen)
      .map(([id, { beats, startedAt, token, shared }]) => ({ id, beats, started_at: startedAt, shared, token, server }))
  }

  /** Those that keep such a life out. */
  rivalsOf(shared: boolean): OpenLife[] {
    return this.allOpen().filter((life) => !(life.shared && shared))
  }

  isOpen(id: LifeId): boolean {
    return this.lives.get(id)!.isOpen
  }

  tokenOf(id: LifeId): string {
    return this.lives.get(id)!.token
  }
}
