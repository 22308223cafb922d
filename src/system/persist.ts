/**
 * Storage fails in ways that pass: busy, disk full, I/O error; nothing of the failed transaction is left. Whoever must
 * write tries again until it can, at growing intervals.
 */
import type { Clock } from '../ports/index.ts'
import type { Latch } from './latch.ts'

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
      await clock.sleep(pauseMs(tries))
    }
  }
}

/** The same for a write that may become pointless: undefined once `over` is set and the storage still fails. */
export async function persistUnless<T>(clock: Clock, over: Latch, write: () => Promise<T>): Promise<T | undefined> {
  for (let tries = 0; ; tries++) {
    try {
      return await write()
    } catch (error) {
      if (!isStorageError(error)) throw error
      if (over.isSet) return undefined
      const pause = new AbortController()
      const slept = clock.sleep(pauseMs(tries), pause.signal).catch(() => undefined)
      await Promise.race([slept, over.happened])
      pause.abort('no longer needed')
    }
  }
}

function pauseMs(tries: number): number {
  return Math.min(FIRST_MS * 2 ** tries, MAX_MS)
}
