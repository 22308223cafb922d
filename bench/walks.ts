/**
 * What others would use, to measure strategies against: fast-check's own scheduler under the rule of fake timers, and
 * independent random latencies. They are no part of the explorer.
 */
import fc from 'fast-check'
import { drain, type LatencyStrategy, type Operation, type PickingStrategy, type RunInfo } from '../src/sim/index.ts'

/**
 * `fc.scheduler()`: every pending operation is a task of its scheduler, `waitOne` releases the one that it draws. As with
 * fake timers, steps cost no time and the clock moves on when nothing else can.
 */
export function fastCheckWalk(): PickingStrategy {
  let scheduler!: fc.Scheduler
  const scheduled = new Set<Operation>()
  let released: Operation | undefined
  return {
    kind: 'picking',
    name: 'fc.scheduler',
    windows: 'off',
    begin({ random }: RunInfo) {
      const [drawn] = fc.sample(fc.scheduler(), { seed: Math.floor(random() * 0x7fffffff), numRuns: 1 })
      scheduler = drawn!
      scheduled.clear()
    },
    next(eligible) {
      for (;;) {
        for (const operation of eligible) {
          if (scheduled.has(operation)) continue
          scheduled.add(operation)
          // It writes every value into its report, so it gets none.
          void scheduler.schedule(Promise.resolve()).then(() => {
            scheduled.delete(operation)
            released = operation
          })
        }
        released = undefined
        void scheduler.waitOne()
        drain()
        // What has been cancelled, or is not due any more, is passed over.
        if (released !== undefined && eligible.includes(released)) return released
      }
    },
  }
}

/** Each operation takes a time of its own, uniform in its window. */
export function plainLatencies(): LatencyStrategy {
  let random: RunInfo['random'] = () => 0
  return {
    kind: 'latency',
    name: 'plain latencies',
    begin(run) {
      random = run.random
    },
    delayUs: ({ issuedUs, earliestUs, latestUs }) => earliestUs + (latestUs - earliestUs) * random() - issuedUs,
  }
}
