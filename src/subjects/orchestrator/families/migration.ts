/** The scenarios in which an old database is brought up to date, by servers that crash over it, and jobs come and go after. */
import fc from 'fast-check'
import type { Family } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import { LATEST_RUN, makeOld } from '../oldDatabase.ts'
import { cancel, crash, link, remove, submit } from './draws.ts'
import { machine, settings } from './machine.ts'

export const migration: Family<OrchestratorCommand> = {
  weight: 1,
  story:
    'an old database whose ids could return, with traces of jobs that are deleted: servers crash while they migrate it, and jobs come and go',
  base: [submit, remove, submit],
  command: fc.oneof(
    { weight: 4, arbitrary: submit },
    { weight: 3, arbitrary: remove },
    { weight: 1, arbitrary: cancel },
    { weight: 2, arbitrary: crash },
  ),
  more: 6,
  link,
  prepare: makeOld,
  directories: [String(LATEST_RUN)],
  settings: (random) => ({ ...settings(random), oldSchema: true }),
  faults: [
    'crash',
    'crashInStatement',
    'stall',
    'pause',
    'timerLate',
    'busy',
    'full',
    'ioError',
    'spawnFail',
    'exitLate',
  ],
  profile: machine,
}
