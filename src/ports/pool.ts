/** What a piece of blocking work is called and which rows it touches (`job:7`; `*` or nothing: unknown). */
export interface Task {
  readonly name: string
  readonly touches?: readonly string[]
}

/**
 * Where blocking work runs. Cancelling the wait on work that already runs detaches it: it goes on and its effects stay.
 * Work that is still queued is removed and never runs. On the real machine SQLite runs inline.
 */
export interface Pool {
  run<T>(task: Task, work: () => T, signal?: AbortSignal): Promise<T>
}
