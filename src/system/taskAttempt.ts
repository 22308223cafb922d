/**
 * A claim whose work is a handler in this very program. Nothing can kill a handler: it is asked to end through its
 * signal, and if it does not within the grace, the claim ends without it. The fence keeps out whatever it does later.
 */
import type { Ending } from '../model/ending.ts'
import { Attempt } from './attempt.ts'
import type { Claim, Job } from './job.ts'
import { firstOf } from './latch.ts'
import { type Handler, NonRetryableError, RetryableError, type TaskJob } from './task.ts'

const NEVER_STARTED: Ending = { kind: 'failure', error: 'it was cancelled before its handler started' }

export class TaskAttempt extends Attempt {
  private readonly handler: Handler

  constructor(...[claim, store, ports, options, hooks, handler]: [...ConstructorParameters<typeof Attempt>, Handler]) {
    super(claim, store, ports, options, hooks)
    this.handler = handler
  }

  override async run(): Promise<void> {
    const stamped = await this.write(() => this.store.stampRun(this.claim, undefined))
    if (!stamped || this.abandoned.isSet) return
    const ending = this.cancelled.isSet ? NEVER_STARTED : await this.outcome()
    this.isEnding = true
    if (!this.abandoned.isSet) await this.end(ending)
  }

  private async outcome(): Promise<Ending> {
    const controller = new AbortController()
    const ended = this.carryOut(controller.signal)
    const { cancelled, abandoned } = this
    const first = await firstOf({ ended, cancelled: cancelled.happened, abandoned: abandoned.happened })
    if (first.name === 'ended') return first.value
    this.signalEnd(controller)
    const timer = this.timer(this.options.killGraceMs)
    const second = await firstOf({ ended, grace: timer.over })
    timer.stop()
    return second.value ?? { kind: 'failure', error: 'its handler did not end when it was told to' }
  }

  protected signalEnd(controller: AbortController): void {
    controller.abort(new Error(this.cancelled.isSet ? 'the job was cancelled' : 'the run was given up'))
  }

  private async carryOut(signal: AbortSignal): Promise<Ending> {
    try {
      await this.handler(taskOf(this.claim), { signal })
      return { kind: 'success' }
    } catch (error) {
      return endingOfError(error, this.claim.job)
    }
  }
}

function taskOf({ id, token, job }: Claim): TaskJob {
  return { id, task: job.task!, payload: JSON.parse(job.payload!) as unknown, attempt: job.attempts, token }
}

function endingOfError(thrown: unknown, job: Job): Ending {
  const error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  if (thrown instanceof NonRetryableError) return { kind: 'permanent', error: thrown.message }
  if (!(thrown instanceof RetryableError)) return { kind: 'failure', error }
  return { kind: 'transient', error: thrown.message, delayMs: thrown.afterMs ?? job.transient_delay_ms ?? undefined }
}
