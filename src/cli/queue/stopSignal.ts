/** The first SIGTERM or SIGINT asks to stop; a second one meets no handler and does what signals do. */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

export class StopSignal {
  /** Aborted when it came. */
  readonly signal: AbortSignal
  /** The name of what came. */
  readonly came: Promise<(typeof SIGNALS)[number]>

  /** Listens from now on. */
  constructor() {
    const controller = new AbortController()
    this.signal = controller.signal
    this.came = new Promise((resolve) => {
      const stop = (name: NodeJS.Signals) => {
        for (const one of SIGNALS) process.removeListener(one, stop)
        controller.abort()
        resolve(name as (typeof SIGNALS)[number])
      }
      for (const one of SIGNALS) process.on(one, stop)
    })
  }
}
