/** Servers that are told to stop, and what then becomes of what they run. */
import fc from 'fast-check'
import type { Family } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import { between, cancel, crash, link, pause, stop, submit, submitLong, submitTask } from './draws.ts'
import { chosen, machine, settings } from './machine.ts'

export const stops: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'servers are told to stop while processes and handlers go on, and writes hang',
  base: [
    between(submitLong, 0, 1_000),
    between(submitLong, 0, 10_000),
    between(submit, 0, 10_000),
    between(submitTask, 0, 10_000),
    between(stop, 1_000, 10_000),
  ],
  command: fc.oneof(
    { weight: 3, arbitrary: submit },
    { weight: 2, arbitrary: submitTask },
    { weight: 1, arbitrary: cancel },
    { weight: 2, arbitrary: stop },
    { weight: 1, arbitrary: crash },
    { weight: 1, arbitrary: pause },
  ),
  more: 6,
  link,
  settings: (random) => ({
    ...settings(random),
    maxConcurrency: 4,
    serialGate: false,
    drainMs: chosen(random, 1_000, 5_000),
  }),
  faults: ['crash', 'stall', 'pause', 'timerLate', 'busy', 'spawnStall', 'exitLate', 'exitLost'],
  profile: (random) => ({ ...machine(random), poolSize: 4 }),
}
