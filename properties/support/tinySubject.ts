/** The smallest subject there can be: one piece of code in a machine of its own, without commands and without tables. */
import { defineSubject, type Invariant, type Stage, type Subject } from '../../src/explore/index.ts'
import { type Command, calmProfile, type Profile, type Scenario } from '../../src/sim/index.ts'

export interface Go {
  readonly kind: 'go'
}

/** Does `work` once in each server life, and `go` at each command. */
export function tinySubject(
  work: (stage: Stage) => Promise<void>,
  go: (stage: Stage, id: string) => Promise<void> = async () => undefined,
  invariants: readonly Invariant[] = [],
): Subject<Go> {
  return defineSubject<Go>({
    name: 'tiny',
    families: {},
    imageKey: 'tiny',
    prepare: (database) => {
      database.exec('CREATE TABLE marks (id INTEGER PRIMARY KEY, text TEXT)')
    },
    schema: { references: [], owned: [], live: () => false },
    boot: async (stage) => {
      await work(stage)
      return { carry: (_, id) => go(stage, id) }
    },
    program: () => undefined,
    invariants,
    unfinished: () => [],
    due: () => undefined,
    idle: () => false,
    settleRounds: () => 1,
    describe: () => undefined,
  })
}

export function tinyScenario(profile: Partial<Profile> = {}, commands: readonly Command<Go>[] = []): Scenario<Go> {
  return { family: 'tiny', settings: {}, commands, profile: { ...calmProfile, ...profile } }
}
