/**
 * Kills the running orchestrator again and again while real jobs come and go, starts it anew each time, and lets the last
 * one finish. The moments are drawn from the seed, but it is the real machine: no two runs are alike.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { generator } from '../src/explore/seeds.ts'
import { type JobId, openHost, openQueue, type Queue } from '../src/library/index.ts'
import { Server } from './server.ts'
import { verdict } from './verdict.ts'
import { draft } from './workload.ts'

export interface Plan {
  readonly jobs: number
  readonly kills: number
  readonly concurrency: number
  readonly seed: string
  /** After so long no more kills: the jobs are brought to their end. */
  readonly timeMs: number
}

export interface Outcome {
  readonly kills: number
  /** Of them, those before the orchestrator had said that it was up. */
  readonly early: number
  readonly jobs: number
  readonly statuses: Readonly<Record<string, number>>
  readonly runs: number
  /** Runs that were lost with their server. */
  readonly lost: number
  readonly cancels: number
  readonly deletes: number
  readonly wrong: readonly string[]
  readonly seconds: number
}

/** Of the kills, so many come while the orchestrator is still starting. */
const EARLY = 0.25
const START_MS = 500
const LIFE_MS = 700
const LOOK_MS = 100
/** Far more than all jobs together need. */
const PATIENCE_MS = 300_000

export class Campaign {
  private readonly plan: Plan
  private readonly random: () => number
  private readonly directory = mkdtempSync(join(tmpdir(), 'strandline-chaos-'))
  private readonly file = join(this.directory, 'chaos.db')
  private readonly effects = join(this.directory, 'effects')
  private readonly queue: Queue = openQueue(this.file)
  private readonly acknowledged: JobId[] = []
  private readonly cancelled = new Set<JobId>()
  private readonly deleted = new Set<JobId>()
  private readonly waiting: Promise<void>[] = []
  private readonly wrong: string[] = []
  private kills = 0
  private early = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.random = generator(plan.seed)
  }

  /** `progress` is told how many kills there were. */
  async play(progress: (kills: number) => void, signal: AbortSignal): Promise<Outcome> {
    const startedMs = performance.now()
    const { jobs, kills, timeMs } = this.plan
    try {
      for (let round = 0; round < kills && !signal.aborted && performance.now() - startedMs < timeMs; round++) {
        const upTo = Math.ceil((jobs * (round + 1)) / kills)
        await this.round(upTo)
        progress(this.kills)
      }
      if (!signal.aborted) await this.submit(jobs)
      await Promise.all(this.waiting)
      await this.finish(signal)
      return await this.outcome((performance.now() - startedMs) / 1000)
    } finally {
      this.queue.close()
      rmSync(this.directory, { recursive: true, force: true })
    }
  }

  private async round(upTo: number): Promise<void> {
    const server = new Server(this.file, this.plan.concurrency)
    const submitting = this.submit(upTo)
    if (this.random() < EARLY) {
      this.early++
      await wait(START_MS * this.random())
    } else {
      const lifeMs = LIFE_MS * this.random()
      const first = await Promise.race([server.isUp.then(() => 'up' as const), server.ended])
      if (first !== 'up')
        this.wrong.push(`the orchestrator ended by itself with ${first.code}: ${server.complaints.trim()}`)
      await wait(lifeMs)
    }
    this.kills++
    await server.kill('SIGKILL')
    await submitting
  }

  private async submit(upTo: number): Promise<void> {
    while (this.acknowledged.length < upTo) {
      const drafted = draft(this.random, this.effects)
      const id = await this.queue.submit(drafted.spec)
      this.acknowledged.push(id)
      const { cancelAfterMs, deleteAfterMs } = drafted
      if (cancelAfterMs !== undefined) this.waiting.push(this.cancelLater(id, cancelAfterMs))
      if (deleteAfterMs !== undefined) this.waiting.push(this.deleteLater(id, deleteAfterMs))
      await wait(5 * this.random())
    }
  }

  private async cancelLater(id: JobId, afterMs: number): Promise<void> {
    await wait(afterMs)
    const result = await this.queue.cancel(id)
    if (result === 'cancelled' || result === 'cancelling') this.cancelled.add(id)
  }

  private async deleteLater(id: JobId, afterMs: number): Promise<void> {
    await wait(afterMs)
    const result = await this.queue.delete(id).catch((error: Error) => error.message)
    if (result === 'deleted' || result === 'deleting') this.deleted.add(id)
    else this.wrong.push(`job ${id} was to be deleted: ${result}`)
  }

  private async finish(signal: AbortSignal): Promise<void> {
    const server = new Server(this.file, this.plan.concurrency)
    const deadlineMs = performance.now() + PATIENCE_MS
    await Promise.race([server.isUp, server.ended])
    for (;;) {
      if ((await this.isSettled()) || performance.now() > deadlineMs || signal.aborted) break
      await wait(LOOK_MS)
    }
    const { code } = await server.kill('SIGTERM')
    if (code !== 0)
      this.wrong.push(`the last orchestrator ended with ${code} and not with 0: ${server.complaints.trim()}`)
  }

  /** Nothing is unfinished, and what was to go is gone. */
  private async isSettled(): Promise<boolean> {
    const { queued, running } = await this.queue.counts()
    if (queued + running > 0) return false
    for (const id of this.deleted) if ((await this.queue.job(id)) !== undefined) return false
    return true
  }

  private async outcome(seconds: number): Promise<Outcome> {
    const host = openHost({ file: this.file })
    try {
      const { effects, acknowledged, cancelled, deleted } = this
      const { runsDirectory } = this.queue
      const found = await verdict({ host, runsDirectory, effects, acknowledged, cancelled, deleted })
      const count = (sql: string) => (host.ports.database.prepare(sql).get() as { n: number }).n
      return {
        kills: this.kills,
        early: this.early,
        jobs: acknowledged.length,
        statuses: await this.queue.counts(),
        runs: count('SELECT count(*) AS n FROM runs'),
        lost: count("SELECT count(*) AS n FROM runs WHERE outcome = 'lost'"),
        cancels: cancelled.size,
        deletes: deleted.size,
        wrong: [...this.wrong, ...found],
        seconds,
      }
    } finally {
      host.close()
    }
  }
}
