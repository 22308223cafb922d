/**
 * A claim whose work is a process: starts it, stamps it on the job, waits for its exit, ends the claim. It owns the spawn
 * window: whatever happens between the claim and the stamp, it either stamps or gives the job back, and what it started
 * and could not stamp it kills by the run's token.
 */
import { type Child, type Exit, SpawnError, type SpawnSpec } from '../ports/index.ts'
import { Attempt } from './attempt.ts'
import type { Claim } from './job.ts'
import { killSurvivors } from './kill.ts'
import { firstOf } from './latch.ts'
import { endingOf } from './outcome.ts'

export class ProcessAttempt extends Attempt {
  override async run(): Promise<void> {
    const child = await this.start()
    if (child === undefined) return
    this.hooks.started()
    void child.exited.then(() => {
      this.isEnding = true
    })
    const stamped = await this.write(() => this.store.stampRun(this.claim, child.identity))
    const exit = stamped ? await this.watch(child) : undefined
    if (exit === undefined) {
      await this.killAll()
      return
    }
    const recorded = await this.write((nowMs) => this.store.recordExit(this.claim, exit, nowMs))
    await this.endGroup(child)
    if (recorded) await this.end(endingOf(exit, this.claim.job.transient_delay_ms))
  }

  /** What the process left behind in its group ends with it; where that fails, the sweeper finds it. */
  private async endGroup({ identity }: Child): Promise<void> {
    try {
      await this.ports.processes.signalGroup(identity, 'SIGKILL')
    } catch (error) {
      this.hooks.failed(error)
    }
  }

  /** Starts the process; undefined: it did not, and the claim has been ended or was abandoned. */
  private async start(): Promise<Child | undefined> {
    const { ports, claim, options } = this
    if (this.cancelled.isSet || this.abandoned.isSet) return this.giveUp('it was cancelled before its process started')
    const timer = this.timer(options.spawnTimeoutMs)
    const started = ports.processes.spawn(spawnSpecOf(claim))
    try {
      const first = await firstOf({
        started,
        late: timer.over,
        cancelled: this.cancelled.happened,
        abandoned: this.abandoned.happened,
      })
      if (first.name === 'started') return first.value
      this.disown(started)
      const late = `no process after ${options.spawnTimeoutMs} ms`
      return await this.giveUp(first.name === 'late' ? late : 'it was cancelled while its process was starting')
    } catch (error) {
      return await this.launchFailed(error)
    } finally {
      timer.stop()
    }
  }

  /** The spawn hangs: whatever comes of it later is killed when it shows. */
  protected disown(started: Promise<Child>): void {
    const comeLate = () => this.cleanUp()
    started.then(comeLate, comeLate).catch((error: unknown) => this.hooks.failed(error))
  }

  private async cleanUp(): Promise<void> {
    await this.killAll()
    this.hooks.strayed()
  }

  private async launchFailed(error: unknown): Promise<undefined> {
    if (!(error instanceof SpawnError)) throw error
    // A failed spawn may have left a process all the same.
    await this.killAll()
    const text = `launch error: ${error.message}`
    if (error.isExhaustion || error.isCrowding) this.hooks.exhausted(error)
    const kind = error.permanent ? 'permanent' : error.isExhaustion ? 'exhausted' : 'launch'
    const ending = { kind, error: text } as const
    if (!this.abandoned.isSet) await this.end(ending)
    return undefined
  }

  private async giveUp(why: string): Promise<undefined> {
    await this.killAll()
    if (!this.abandoned.isSet) await this.end({ kind: 'launch', error: `launch error: ${why}` })
    return undefined
  }

  /** Waits for the exit; undefined: the claim was abandoned. */
  private async watch({ identity, exited }: Child): Promise<Exit | undefined> {
    const { processes } = this.ports
    const abandoned = this.abandoned.happened
    const first = await firstOf({ exited, abandoned, cancelled: this.cancelled.happened })
    if (first.name !== 'cancelled') return first.value ?? undefined
    await processes.signalGroup(identity, 'SIGTERM')
    const timer = this.timer(this.options.killGraceMs)
    const second = await firstOf({ exited, abandoned, grace: timer.over })
    timer.stop()
    if (second.name !== 'grace') return second.value ?? undefined
    await processes.signalGroup(identity, 'SIGKILL')
    // The notice of the exit may be lost: then the reaper ends the claim and has this attempt abandoned.
    const last = await firstOf({ exited, abandoned })
    return last.value ?? undefined
  }

  protected killAll(): Promise<boolean> {
    return killSurvivors(this.ports, [this.claim.token])
  }
}

function spawnSpecOf({ job, fence, token }: Claim): SpawnSpec {
  return {
    argv: JSON.parse(job.argv!) as [string, ...string[]],
    token,
    environment: {
      ...(JSON.parse(job.environment) as Record<string, string>),
      STRANDLINE_JOB: String(job.id),
      STRANDLINE_ATTEMPT: String(job.attempts),
    },
    directory: job.directory ?? undefined,
    run: fence,
  }
}
