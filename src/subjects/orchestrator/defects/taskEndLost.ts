import { isStorageError, ProcessAttempt, TaskAttempt } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { launching } from './variant.ts'

/** Writes the end of its claim once, whether or not the database took it. */
class ForgetfulAttempt extends TaskAttempt {
  protected override async write<T>(verb: (nowMs: number) => Promise<T>): Promise<T> {
    try {
      return await verb(this.ports.clock.nowMs())
    } catch (error) {
      if (!isStorageError(error)) throw error
      return undefined as T
    }
  }
}

export const taskEndLost: Flaw = {
  name: 'task-end-lost',
  incident: 'a result that met a busy database',
  family: 'tasks',
  breaks: ['TASK'],
  story: 'a handler has ended, the database is busy when its end is written, and nobody writes it again',
  variant: { parts: () => launching(ProcessAttempt, ForgetfulAttempt) },
}
