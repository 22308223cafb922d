/** Work runs where it is asked for: SQLite is synchronous, and a statement is shorter than the way to a thread and back. */
import type { Pool, Task } from '../ports/index.ts'

export class InlinePool implements Pool {
  async run<T>(_task: Task, work: () => T, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw signal.reason
    return work()
  }
}
