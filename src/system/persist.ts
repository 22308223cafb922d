/**
 * Storage fails in ways that pass: busy, disk full, I/O error; nothing of the failed transaction is left. Whoever must
 * write tries again until it can, at growing intervals.
 */
import type { Clock } from '../ports/index.ts'

const FIRST_MS = 100
const MAX_MS = 5_000

export function isStorageError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM|CANTOPEN)/.test(code)
}

export async function persist<T>(clock: Clock, write: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await write()
    } catch (error) {
      if (!isStorageError(error)) throw error
      await clock.sleep(Math.min(FIRST_MS * 2 ** tries, MAX_MS))
    }
  }
}
