/** Who looks at which run, in a simulated world: their connections end with the server that they are connected to. */
import type { Life } from '../../sim/index.ts'
import type { Listener } from '../../system/index.ts'
import { perRun } from './perRun.ts'

interface Connection {
  readonly life: Pick<Life, 'alive'>
  readonly listener: Listener
}

class Listening {
  private readonly connections = new Map<number, Connection[]>()

  connect(job: number, life: Pick<Life, 'alive'>, listener: Listener): void {
    this.connections.set(job, [...this.at(job), { life, listener }])
  }

  disconnect(job: number): void {
    for (const { listener } of this.at(job)) listener.close()
    this.connections.delete(job)
  }

  /** Does anybody look at it, as far as a living server knows? */
  isLookedAt(job: number): boolean {
    return this.at(job).length > 0
  }

  private at(job: number): Connection[] {
    return (this.connections.get(job) ?? []).filter(({ life }) => life.alive)
  }
}

export const listening = perRun(() => new Listening())
