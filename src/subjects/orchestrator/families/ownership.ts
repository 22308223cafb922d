/** Who has a job, and whose process it is: restarts, several servers, and pids that come again. */
import fc from 'fast-check'
import type { Family } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import {
  cancel,
  crash,
  impostor,
  killProcess,
  link,
  pause,
  stop,
  strangers,
  submit,
  submitLong,
  wallStep,
} from './draws.ts'
import { chosen, everyFault, machine, settings } from './machine.ts'

export const ownership: Family<OrchestratorCommand> = {
  weight: 4,
  story:
    'jobs of several repos and agents are submitted and cancelled while servers restart, processes die and pids come again',
  base: [submit, submit, submit],
  command: fc.oneof(
    { weight: 6, arbitrary: submit },
    { weight: 3, arbitrary: cancel },
    { weight: 2, arbitrary: crash },
    { weight: 1, arbitrary: stop },
    { weight: 1, arbitrary: pause },
    { weight: 1, arbitrary: killProcess },
    { weight: 2, arbitrary: strangers },
  ),
  more: 8,
  link,
  settings,
  faults: everyFault,
  profile: machine,
}

export const reuse: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'a tiny pid space, strangers, restarts and lost exits: the pid of a run comes back as somebody else',
  base: [submit, submit, crash],
  command: fc.oneof(
    { weight: 4, arbitrary: submit },
    { weight: 2, arbitrary: strangers },
    { weight: 3, arbitrary: impostor },
    { weight: 1, arbitrary: killProcess },
    { weight: 2, arbitrary: crash },
    { weight: 1, arbitrary: cancel },
  ),
  more: 8,
  link,
  settings,
  faults: ['crash', 'stall', 'pause', 'timerLate', 'spawnStall', 'exitLate', 'exitLost', 'busy'],
  profile: (random) => ({ ...machine(random), servers: 1, pidMax: chosen(random, 16, 64), neighbours: 8 }),
}

export const servers: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'two servers share the database, stand still, stop and crash, and take over from each other',
  base: [submitLong, submit, stop, wallStep],
  command: fc.oneof(
    { weight: 4, arbitrary: submit },
    { weight: 1, arbitrary: cancel },
    { weight: 1, arbitrary: crash },
    { weight: 1, arbitrary: stop },
    { weight: 2, arbitrary: pause },
    { weight: 1, arbitrary: wallStep },
  ),
  more: 8,
  link,
  settings,
  faults: ['crash', 'pause', 'timerLate', 'wallStep', 'busy', 'spawnStall', 'exitLate', 'exitLost'],
  profile: (random) => ({ ...machine(random), servers: 2 }),
}

export const survivors: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'a crash takes the server and leaves the processes that it has started',
  base: [submit, crash],
  command: fc.oneof(
    { weight: 4, arbitrary: submit },
    { weight: 1, arbitrary: cancel },
    { weight: 3, arbitrary: crash },
  ),
  more: 6,
  link,
  settings,
  faults: [
    'crash',
    'crashInStatement',
    'stall',
    'pause',
    'spawnStall',
    'spawnFailLate',
    'exitLate',
    'exitLost',
    'busy',
  ],
  profile: (random) => ({ ...machine(random), crashTakes: 'process', pidMax: 32_768 }),
}

export const tenants: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'two servers that do not share the database: one works, the other waits until that one is gone',
  base: [submit, submit],
  command: fc.oneof(
    { weight: 3, arbitrary: submit },
    { weight: 1, arbitrary: cancel },
    { weight: 2, arbitrary: crash },
    { weight: 1, arbitrary: stop },
    { weight: 2, arbitrary: pause },
  ),
  more: 6,
  link,
  settings: (random) => ({ ...settings(random), shared: false }),
  faults: ['crash', 'crashInStatement', 'stall', 'pause', 'timerLate', 'busy', 'spawnStall', 'exitLate', 'exitLost'],
  profile: (random) => ({ ...machine(random), servers: 2 }),
}
