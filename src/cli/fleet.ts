/** Plays a plan in this thread or in several, and counts as if one had played it alone. */
import { availableParallelism } from 'node:os'
import { isSought, type Plan, play } from './plan.ts'
import { type Outcome, Tally } from './tally.ts'
import { inThread, newFlags, STOP } from './thread.ts'

export interface Voyage {
  readonly jobs: number
  /** Milliseconds after which no further scenario is begun. */
  readonly msMax?: number
  readonly signal: AbortSignal
  readonly onProgress?: (tally: Tally) => void
}

export interface Played {
  readonly plan: Plan
  readonly tally: Tally
  readonly seconds: number
}

/** As many as this machine can really run at once, and no more than asked for. */
export function jobsAtMost(jobs: number): number {
  return Math.min(jobs, availableParallelism())
}

export async function playPlan(plan: Plan, voyage: Voyage): Promise<Played> {
  const beginMs = performance.now()
  const tally = await (voyage.jobs === 1 ? alone(plan, voyage) : together(plan, voyage))
  return { plan, tally, seconds: (performance.now() - beginMs) / 1000 }
}

async function alone(plan: Plan, { msMax = Number.POSITIVE_INFINITY, signal, onProgress }: Voyage): Promise<Tally> {
  const tally = new Tally(plan.stride)
  const endMs = performance.now() + msMax
  const keep = (outcome: Outcome) => {
    tally.fold(outcome)
    onProgress?.(tally)
  }
  if (!signal.aborted) await play(plan, keep, () => signal.aborted || performance.now() > endMs)
  return tally
}

async function together(plan: Plan, { jobs, msMax, signal, onProgress }: Voyage): Promise<Tally> {
  const flags = newFlags()
  const stop = () => Atomics.store(flags, STOP, 1)
  if (signal.aborted) stop()
  const timer = msMax === undefined ? undefined : setTimeout(stop, msMax)
  signal.addEventListener('abort', stop)
  const queue = new InOrder(plan)
  const keep = (batch: readonly Outcome[]) => {
    queue.push(batch)
    onProgress?.(queue.tally)
  }
  const threads = Array.from({ length: jobs }, () =>
    inThread<undefined, Outcome[]>({ kind: 'play', plan, flags }, keep),
  )
  try {
    await Promise.all(threads)
  } finally {
    stop()
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
  return queue.end()
}

/** Outcomes come in whatever order the threads are fast; they are counted in the order of their indices. */
export class InOrder {
  readonly tally: Tally
  private readonly waiting = new Map<number, Outcome>()
  private readonly plan: Plan
  private next: number
  private over = false

  constructor(plan: Plan) {
    this.plan = plan
    this.next = plan.first
    this.tally = new Tally(plan.stride)
  }

  push(batch: readonly Outcome[]): void {
    for (const outcome of batch) this.waiting.set(outcome.index, outcome)
    for (let due = this.waiting.get(this.next); due !== undefined; due = this.waiting.get(this.next)) {
      this.waiting.delete(this.next)
      this.next += this.plan.stride
      this.fold(due)
    }
  }

  /** Whoever was told to stop leaves gaps; what was played counts all the same. */
  end(): Tally {
    for (const outcome of [...this.waiting.values()].toSorted((a, b) => a.index - b.index)) this.fold(outcome)
    return this.tally
  }

  private fold(outcome: Outcome): void {
    if (this.over) return
    this.tally.fold(outcome)
    this.over = isSought(this.plan, outcome)
  }
}
