/** The scenarios in which an old database is brought up to date, by servers that crash over it, and jobs come and go after. */
import fc from 'fast-check'
import type { Family } from '../../explore/index.ts'
import type { OrchestratorCommand } from './command.ts'
import { LATEST_RUN, makeOld } from './oldDatabase.ts'

type Drawn = Family<OrchestratorCommand>['command']

/** What it has in common with other families. */
interface Common extends Required<Pick<Family<OrchestratorCommand>, 'link' | 'settings' | 'profile'>> {
  readonly submit: Drawn
  readonly remove: Drawn
  readonly cancel: Drawn
  readonly crash: Drawn
}

export function migrationFamily({
  submit,
  remove,
  cancel,
  crash,
  link,
  settings,
  profile,
}: Common): Family<OrchestratorCommand> {
  return {
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
    profile,
  }
}
