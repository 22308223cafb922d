/**
 * A server's thread pool: work is queued, running or done. Cancelling a wait on queued work removes it; on running work
 * it detaches it, which still takes effect; on work that is done the result is lost although it happened.
 */
import type { Pool, Task } from '../ports/index.ts'
import { taskLabel } from './hash.ts'
import type { Life } from './life.ts'
import { replyLabel, type Window } from './operation.ts'
import { currentScope } from './scope.ts'
import { replyWindow, type World } from './world.ts'

const window: Window = { earliestUs: 20, typicalUs: 200, latestUs: 2_000 }

export class SimPool implements Pool {
  private readonly world: World
  private readonly life: Life
  private readonly queue: (() => void)[] = []
  private running = 0

  constructor(world: World, life: Life) {
    this.world = world
    this.life = life
  }

  run<T>(task: Task, work: () => T, signal?: AbortSignal): Promise<T> {
    const { world, life } = this
    if (!life.alive) return new Promise(() => undefined)
    if (signal?.aborted) return Promise.reject(signal.reason)
    const name = taskLabel(task.name)
    const chain = world.chainFor(name)
    const scope = currentScope()
    return new Promise((resolve, reject) => {
      const abort = () => {
        const at = this.queue.indexOf(start)
        if (at >= 0) this.queue.splice(at, 1)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      const start = () => {
        this.running++
        world.effect(life, chain, scope, name, window, task.touches ?? [], work, (settled) => {
          this.running--
          world.issue(life, chain, replyLabel, replyWindow, () => {
            signal?.removeEventListener('abort', abort)
            if ('error' in settled) reject(settled.error)
            else resolve(settled.value)
          })
          this.queue.shift()?.()
        })
      }
      if (this.running < world.profile.poolSize) start()
      else this.queue.push(start)
    })
  }
}
