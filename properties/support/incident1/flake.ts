/** Incident 1 as commands for the simulator. */
import { recordSource, type Subject, simulate } from '../../../src/explore/index.ts'
import { type Command, calmProfile, type Profile, type Scenario } from '../../../src/sim/index.ts'
import type { AgentPlan } from '../../../src/subjects/orchestrator/agents.ts'
import type { OrchestratorCommand } from '../../../src/subjects/orchestrator/command.ts'
import { orchestrator } from '../../../src/subjects/orchestrator/index.ts'

const terms = { agent: 'builder', repo: 'one', priority: 0, maxAttempts: 1, delayMs: 0, transientDelayMs: 0 }

export const submit = (id: string, ms: number, agentPlan: Partial<AgentPlan>): Command<OrchestratorCommand> => ({
  id,
  at: { ms },
  do: {
    kind: 'submitAgent',
    server: 0,
    agentPlan: { ms: 1_000, codes: [0], says: 'the same', onTerm: 'ignores', ...agentPlan },
    exists: true,
    ...terms,
  },
})

export const about = (
  id: string,
  ms: number,
  kind: 'connect' | 'disconnect' | 'cancel' | 'delete' | 'relaunch',
  target: string,
): Command<OrchestratorCommand> => ({ id, at: { ms }, do: { kind, server: 0, target } })

/** A run that ends while somebody looks at it, whose row is deleted; then one that hangs and is stopped. */
export const flake = (code: number) => [
  submit('first', 0, { ms: 3_000, codes: [code] }),
  about('page', 2_500, 'connect', 'first'),
  about('clean', 6_000, 'delete', 'first'),
  submit('hang', 8_000, { ms: 5_000_000 }),
  about('stop', 20_000, 'cancel', 'hang'),
]

const scenario = (
  commands: readonly Command<OrchestratorCommand>[],
  profile: Partial<Profile> = {},
): Scenario<OrchestratorCommand> => ({
  family: 'run-ids',
  settings: { maxConcurrency: 4, serialGate: false },
  commands,
  profile: { ...calmProfile, ...profile },
})

export const play = (
  commands: readonly Command<OrchestratorCommand>[],
  profile: Partial<Profile> = {},
  subject: Subject<OrchestratorCommand> = orchestrator,
) => simulate(subject, scenario(commands, profile), { choices: recordSource(new Map()), telling: true })
