/** What the handlers of tasks do in a run, and which of them are at it: handlers are code of the server and die with it. */
import type { Stage, View } from '../../explore/index.ts'
import type { Life } from '../../sim/index.ts'
import { type Handlers, NonRetryableError, RetryableError } from '../../system/index.ts'
import { type Behaviour, triesBefore } from './command.ts'
import { perRun } from './perRun.ts'

export const TASK = 'work'

interface Running {
  readonly life: Life
  readonly behaviour: Behaviour
}

/** The handlers that are at work, by the token of their run. */
const running = perRun(() => new Map<string, Running>())

export function runningTasks(view: View): Map<string, Running> {
  const tasks = running(view)
  for (const [token, { life }] of tasks) if (!life.alive) tasks.delete(token)
  return tasks
}

export function handlersOf({ life, view }: Stage): Handlers {
  return {
    [TASK]: async ({ payload, token }, { signal }) => {
      const behaviour = payload as Behaviour
      const outcome = behaviour.outcomes[Math.min(triesBefore(token, view), behaviour.outcomes.length - 1)]!
      const tasks = runningTasks(view)
      tasks.set(token, { life, behaviour })
      try {
        await life.ports.clock.sleep(behaviour.ms, behaviour.obeys ? signal : undefined)
        if (signal.aborted) view.reached('a handler ignores its signal')
      } finally {
        tasks.delete(token)
      }
      if (outcome === 'throws') throw new Error('it went wrong')
      if (outcome === 'retryable') throw new RetryableError('it was overloaded')
      if (outcome === 'hopeless') throw new NonRetryableError('it cannot work')
    },
  }
}
