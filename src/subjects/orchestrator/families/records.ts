/** What is on record: rows of an old database, tasks, directories, and disks that are full. */
import fc from 'fast-check'
import type { Family } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import {
  aboutFirst,
  at,
  between,
  cancel,
  crash,
  type Drawn,
  link,
  pause,
  plan,
  remove,
  server,
  stop,
  strangers,
  submit,
  submitTask,
} from './draws.ts'
import { chosen, everyFault, machine, settings } from './machine.ts'

const legacyRow: Drawn = fc.record({
  at: fc.record({ ms: fc.integer({ min: 0, max: 10_000 }) }),
  do: fc.record({
    kind: fc.constant('legacyRow'),
    server,
    status: fc.constantFrom('queued', 'running'),
    runId: fc.integer({ min: 700, max: 780 }),
    pid: fc.integer({ min: 2, max: 14 }),
    started: fc.boolean(),
    plan,
  }),
})

/** A job from the beginning, and its deletion while it starts, runs or has just ended. */
const submitEarly = between(submit, 0, 1_000)
const removeEarly = aboutFirst(between(remove, 0, 40_000))
const fullDisk: Drawn = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('fullDisk'),
    ms: fc.constantFrom(1_000, 20_000, 600_000),
    brim: fc.boolean(),
  }),
})

export const legacy: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'an old database brings rows that cannot be: queued and yet owned, or running without anybody who knows',
  base: [legacyRow, legacyRow, legacyRow, legacyRow, submit],
  command: fc.oneof(
    { weight: 3, arbitrary: submit },
    { weight: 2, arbitrary: legacyRow },
    { weight: 1, arbitrary: cancel },
    { weight: 3, arbitrary: crash },
    { weight: 1, arbitrary: strangers },
  ),
  more: 5,
  link,
  settings,
  faults: everyFault,
  // An old row meets a claim and the sanitizer within a short time, if at all.
  profile: (random) => ({ ...machine(random), servers: chosen(random, 1, 2, 2), stretch: chosen(random, 10, 100) }),
}

export const tasks: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'jobs that handlers of the server carry out: they return, throw, obey their signal or ignore it',
  base: [submitTask, submitTask, cancel],
  command: fc.oneof(
    { weight: 4, arbitrary: submitTask },
    { weight: 1, arbitrary: submit },
    { weight: 2, arbitrary: cancel },
    { weight: 1, arbitrary: remove },
    { weight: 1, arbitrary: crash },
    { weight: 1, arbitrary: stop },
    { weight: 1, arbitrary: pause },
  ),
  more: 6,
  link,
  settings,
  faults: ['crash', 'crashInStatement', 'stall', 'pause', 'timerLate', 'wallStep', 'busy', 'full', 'ioError'],
  profile: machine,
}

export const records: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'jobs are deleted in whatever state they are, directories resist, and the disk fills up',
  base: [submitEarly, submit, removeEarly, between(fullDisk, 0, 20_000)],
  command: fc.oneof(
    { weight: 4, arbitrary: submit },
    { weight: 3, arbitrary: remove },
    { weight: 2, arbitrary: fullDisk },
    { weight: 1, arbitrary: cancel },
    { weight: 2, arbitrary: crash },
  ),
  more: 6,
  link,
  settings,
  faults: [...everyFault, 'removeFail'],
  profile: machine,
}
