/** What every family begins with: the machine, the options of the servers, and the faults. */
import type { FaultName } from '../../../sim/index.ts'

/** All that strikes where nothing is removed. */
export const everyFault: readonly FaultName[] = [
  'crash',
  'crashInStatement',
  'stall',
  'pause',
  'timerLate',
  'wallStep',
  'busy',
  'full',
  'ioError',
  'spawnStall',
  'spawnFail',
  'spawnFailLate',
  'exitLate',
  'exitLost',
]

export function chosen<T>(random: () => number, ...values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!
}

export const machine = (random: () => number) =>
  ({
    servers: chosen(random, 1, 1, 2),
    poolSize: chosen(random, 1, 4),
    pidMax: chosen(random, 12, 24, 32_768),
    crashTakes: chosen(random, 'container', 'container', 'process'),
    init: chosen(random, 'server', 'tini'),
    tailMs: chosen(random, 5_000, 30_000),
    horizon: 250,
  }) as const

export const settings = (random: () => number) => ({
  maxConcurrency: chosen(random, 1, 1, 2, 4),
  serialGate: random() < 0.7,
  sanitize: random() < 0.8,
  exitGraceMs: chosen(random, 300_000, 300_000, 20_000),
})
