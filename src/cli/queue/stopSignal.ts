/** The first SIGTERM or SIGINT asks to stop; a second one meets no handler and does what signals do. */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
export type StopSignal = (typeof SIGNALS)[number]

export function stopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      for (const name of SIGNALS) process.removeListener(name, stop)
      resolve(signal as StopSignal)
    }
    for (const name of SIGNALS) process.on(name, stop)
  })
}
