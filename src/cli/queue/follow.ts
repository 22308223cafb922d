/** What a job writes, while it writes it: from one of its runs on, over all that follow, until it is finished. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue, RunView } from '../../library/index.ts'
import { isFinal } from '../../model/lifecycle.ts'
import { note } from '../terminal.ts'
import { hasEnded, hasNotStarted, sayWhyNotStarted } from './log.ts'
import { Tail } from './tail.ts'

const POLL_MS = 100

export interface Following {
  /** Of the job's runs, from 1. */
  readonly nth: number
  /** Of this run alone? */
  readonly only: boolean
  /** Or only wait? */
  readonly copies: boolean
}

/** Resolves when there is nothing more to come, or when `signal` aborts. */
export async function follow(queue: Queue, id: number, following: Following, signal: AbortSignal): Promise<void> {
  const follower = new Follower(queue, id, following)
  while (!(await follower.round()) && !signal.aborted)
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
}

class Follower {
  private readonly queue: Queue
  private readonly id: number
  private readonly following: Following
  private nth: number
  private tail: Tail | undefined
  private hasWaited = false

  constructor(queue: Queue, id: number, following: Following) {
    this.queue = queue
    this.id = id
    this.following = following
    this.nth = following.nth
  }

  /** True: there is nothing more to come. The state is read before the output: what has ended has written all of it. */
  async round(): Promise<boolean> {
    const job = await this.queue.job(this.id)
    const runs = await this.queue.runs(this.id)
    const isOver = job === undefined || isFinal(job.status)
    if (runs.length < this.nth && !isOver) this.sayWaiting()
    if (this.following.copies) await this.copy(runs)
    const run = runs[this.nth - 1]
    return isOver || (this.following.only && run !== undefined && hasEnded(run))
  }

  private async copy(runs: readonly RunView[]): Promise<void> {
    for (let run = runs[this.nth - 1]; run !== undefined; run = runs[this.nth - 1]) {
      this.tail ??= new Tail(this.queue.outputOf(run.id))
      if (!hasNotStarted(run)) await this.tail.copy()
      if (!hasEnded(run)) return
      sayWhyNotStarted(run)
      if (this.following.only) return
      this.nth++
      this.tail = undefined
      if (runs[this.nth - 1] !== undefined) note(`run ${this.nth} begins`)
    }
  }

  private sayWaiting(): void {
    if (!this.hasWaited) note(`job ${this.id} waits in the queue`)
    this.hasWaited = true
  }
}
