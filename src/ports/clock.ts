/** Time as a system may ask for it. On the real machine: Date, performance and timers; in the simulation: virtual time. */
export interface Clock {
  /** Wall time in milliseconds since the epoch. It may step, backwards too: use it for what people read and for due times. */
  nowMs(): number
  /** Milliseconds that only grow, from an arbitrary origin. Use it for durations inside one life of the server. */
  monotonicMs(): number
  /** Resolves after at least `ms` milliseconds; rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * Runs `round` for ever, `periodMs` after the previous round *ended*, until `signal` aborts; resolves once the last
   * round has ended. A machine may know such loops by name: an idle one need not keep it awake. A round must not throw.
   */
  every(name: string, periodMs: number, round: () => Promise<void>, signal: AbortSignal): Promise<void>
}
