/**
 * A claim whose work is a command: launches it, stamps it on the job, waits for its end, ends the claim. It owns the spawn
 * window: whatever happens between the claim and the stamp, it either stamps or gives the job back, and what it launched
 * and could not stamp it ends by the run's token. Where the command runs is its launcher's business.
 */
import type { Ending } from '../model/ending.ts'
import { Attempt } from './attempt.ts'
import { firstOf } from './latch.ts'
import { LaunchError, type Launcher, type Work } from './launcher.ts'
import { endingOf, type Outcome } from './outcome.ts'

export abstract class CommandAttempt<W extends Work = Work> extends Attempt {
  protected abstract readonly launcher: Launcher
  /** Nobody waits for the work any more. */
  protected readonly over = new AbortController()

  override async run(): Promise<void> {
    await this.untilOver(async () => {
      const work = await this.start()
      if (work === undefined) return
      this.hooks.started()
      this.listen(work)
      const stamped = await this.write(() => this.store.stampRun(this.claim, work.mark))
      if (stamped) await this.carryOn(work)
      else await this.endAll()
    })
  }

  protected async untilOver(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } finally {
      this.over.abort(OVER)
    }
  }

  protected abstract launch(): Promise<W>

  /** From its start on: an end that is heard of during the stamp must not be taken for one that nobody heard of. */
  protected listen({ ended, ending }: W): void {
    const heard = () => {
      this.isEnding = true
    }
    const heardOf: Promise<unknown> = ending ?? ended
    void heardOf.then(heard, ignore)
  }

  /** What follows the stamp. */
  protected async carryOn(work: W): Promise<void> {
    const outcome = await this.watch(work)
    if (outcome === undefined) await this.endAll()
    else await this.conclude(work, outcome)
  }

  protected async conclude(work: W, outcome: Outcome): Promise<void> {
    const recorded = await this.write((nowMs) => this.store.recordExit(this.claim, outcome, nowMs))
    await this.endLeft(work)
    if (recorded) await this.end(endingOf(outcome, this.claim.job.transient_delay_ms))
    // Another life has adopted the run, or somebody else has recorded its end: what is left is theirs.
    else if (recorded === false) this.detach()
  }

  /** What the work has left behind ends with it; where that fails, the sweeper finds it. */
  protected async endLeft(_: W): Promise<void> {}

  /** Starts the work; undefined: it did not start, and the claim has been ended or was abandoned. */
  private async start(): Promise<W | undefined> {
    const { options } = this
    if (this.cancelled.isSet || this.abandoned.isSet) return this.giveUp('it was cancelled before its start')
    const timer = this.timer(options.spawnTimeoutMs)
    const started = this.launch()
    try {
      const first = await firstOf({
        started,
        late: timer.over,
        cancelled: this.cancelled.happened,
        abandoned: this.abandoned.happened,
      })
      if (first.name === 'started') return first.value
      this.over.abort(OVER)
      this.disown(started)
      const late = `it had not started after ${options.spawnTimeoutMs} ms`
      return await this.giveUp(first.name === 'late' ? late : 'it was cancelled while it was starting')
    } catch (error) {
      return await this.launchFailed(error)
    } finally {
      timer.stop()
    }
  }

  /** The launch hangs: whatever comes of it later is ended when it shows. */
  protected disown(started: Promise<Work>): void {
    const comeLate = () => this.cleanUp()
    started.then(comeLate, comeLate).catch((error: unknown) => this.hooks.failed(error))
  }

  private async cleanUp(): Promise<void> {
    await this.endAll()
    this.hooks.strayed()
  }

  private async launchFailed(error: unknown): Promise<undefined> {
    if (!(error instanceof LaunchError)) throw error
    // A failed launch may have left something all the same.
    await this.endAll()
    if (error.pauses) this.hooks.exhausted(error)
    const text = `launch error: ${error.message}`
    const ending: Ending =
      error.failure === 'unavailable'
        ? { kind: 'exhausted', error: text, delayMs: UNAVAILABLE_MS }
        : { kind: error.failure, error: text }
    if (!this.abandoned.isSet) await this.end(ending)
    return undefined
  }

  private async giveUp(why: string): Promise<undefined> {
    await this.endAll()
    if (!this.abandoned.isSet) await this.end({ kind: 'launch', error: `launch error: ${why}` })
    return undefined
  }

  /** Waits for the end; undefined: the claim was abandoned. */
  private async watch(work: W): Promise<Outcome | undefined> {
    const { ended } = work
    const abandoned = this.abandoned.happened
    const first = await firstOf({ ended, abandoned, cancelled: this.cancelled.happened })
    if (first.name !== 'cancelled') return first.value ?? undefined
    for (let how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'; ; how = 'SIGKILL') {
      // An engine answers a SIGKILL when the container has ended: one that was lost is never answered, and sent again.
      this.terminate(work, how).catch((error: unknown) => this.hooks.failed(error))
      const timer = this.timer(this.options.killGraceMs)
      const next = await firstOf({ ended, abandoned, grace: timer.over })
      timer.stop()
      // The notice of the end may be lost: then the reaper ends the claim and has this attempt abandoned.
      if (next.name !== 'grace') return next.value ?? undefined
    }
  }

  protected async terminate(work: W, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.launcher.terminate(work, how)
  }

  protected endAll(): Promise<boolean> {
    return this.launcher.endAll([this.claim.token])
  }
}

/** After so long a job is tried again that could not be started because nobody answered. */
const UNAVAILABLE_MS = 10_000

/** A reason of our own: the default one is an exception with a stack. */
const OVER = 'the attempt is over'

function ignore(): void {}
