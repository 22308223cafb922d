/** The machine's clocks and timers. Timers may be late, never early. */
import type { Clock } from '../ports/index.ts'

/** What one timer of Node's can wait for; a longer one would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

export class HostClock implements Clock {
  nowMs(): number {
    return Date.now()
  }

  monotonicMs(): number {
    return performance.now()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const dueMs = performance.now() + ms
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout
      const abort = () => {
        clearTimeout(timer)
        reject(signal!.reason)
      }
      const wait = (leftMs: number) => {
        timer = setTimeout(check, Math.min(Math.ceil(leftMs), TIMER_MS_MAX))
      }
      // Node counts whole milliseconds, from the beginning of its loop's turn: a timer may fire a little too early.
      const check = () => {
        const leftMs = dueMs - performance.now()
        if (leftMs > 0) return wait(leftMs)
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      wait(ms)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  async every(_name: string, periodMs: number, round: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await round()
      await this.sleep(periodMs, signal).catch(() => undefined)
    }
  }
}
