/** Scenarios of incident 1: agents in containers, pages that look at them, and ids of jobs that are deleted. */
import fc from 'fast-check'
import type { Family } from '../../../explore/index.ts'
import { type FaultName, mountProfiles } from '../../../sim/index.ts'
import type { AgentPlan } from '../agents.ts'
import type { OrchestratorCommand } from '../command.ts'
import {
  about,
  aboutFirst,
  aboutSecond,
  at,
  between,
  cancel,
  crash,
  type Drawn,
  link,
  pause,
  remove,
  server,
  stop,
  submit,
  terms,
} from './draws.ts'
import { chosen, machine, settings } from './machine.ts'

const says = fc.constantFrom<AgentPlan['says']>('the same', 'the same', 'nothing', 'another')
const onTerm = fc.constantFrom<AgentPlan['onTerm']>('ignores', 'ends')
const stubborn = fc.constantFrom<AgentPlan['onTerm']>('ignores', 'ignores', 'ends')
const endingWithin = (min: number, max: number) =>
  fc.record<AgentPlan>({ ms: fc.integer({ min, max }), codes: fc.constantFrom([0], [1]), says, onTerm })
const plans = {
  quick: endingWithin(3_000, 8_000),
  brief: endingWithin(2_500, 3_500),
  hanging: fc.record<AgentPlan>({ ms: fc.constant(5_000_000), codes: fc.constant([0]), says, onTerm: stubborn }),
  any: fc.record<AgentPlan>({
    ms: fc.constantFrom(1, 500, 5_000, 20_000, 5_000_000),
    codes: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom([0], [1], [75]) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(0, 1, 75, 78), { minLength: 1, maxLength: 3 }) },
    ),
    says,
    onTerm,
  }),
} as const

const removals = ['sequential', 'promises', 'sync26', 'coreutils'] as const

const faults: readonly FaultName[] = [
  'crash',
  'crashInStatement',
  'stall',
  'pause',
  'timerLate',
  'busy',
  'full',
  'ioError',
  'exitLate',
  'exitLost',
  'startStall',
  'startFail',
  'answerLost',
  'killLate',
  'killLost',
  'containerStays',
  'removeFail',
]

const submitAgent = (agentPlan: fc.Arbitrary<AgentPlan>, exists: fc.Arbitrary<boolean> = fc.constant(true)): Drawn =>
  fc.record({ at, do: fc.record({ kind: fc.constant('submitAgent'), server, agentPlan, exists, ...terms }) })
const engineRestart: Drawn = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('engineRestart'),
    how: fc.constantFrom('term', 'kill'),
    ms: fc.constantFrom(0, 1_000, 30_000),
  }),
})
const exists = fc.constantFrom(true, true, true, true, true, true, true, false)
const files = (random: () => number) => ({
  ...machine(random),
  mounts: chosen(random, ...mountProfiles),
  removal: chosen(random, ...removals),
  horizon: 400,
})

export const runIds: Family<OrchestratorCommand> = {
  weight: 3,
  story:
    'agents in containers end well or badly, hang, are looked at, cancelled, deleted and launched again, while servers and the engine restart',
  // One that ends while somebody looks at it and is deleted, and one that hangs and is cancelled after it.
  base: [
    between(submitAgent(plans.quick), 0, 1_000),
    aboutFirst(between(about('connect'), 800, 4_000)),
    aboutFirst(between(remove, 2_000, 12_000)),
    between(submitAgent(plans.hanging), 8_000, 20_000),
    aboutSecond(between(cancel, 15_000, 40_000)),
  ],
  command: fc.oneof(
    { weight: 4, arbitrary: submitAgent(plans.any, exists) },
    { weight: 1, arbitrary: submit },
    { weight: 2, arbitrary: cancel },
    { weight: 2, arbitrary: remove },
    { weight: 2, arbitrary: about('connect') },
    { weight: 1, arbitrary: about('disconnect') },
    { weight: 1, arbitrary: about('relaunch') },
    { weight: 1, arbitrary: crash },
    { weight: 1, arbitrary: stop },
    { weight: 1, arbitrary: pause },
    { weight: 1, arbitrary: engineRestart },
  ),
  more: 5,
  link,
  settings: (random) => ({
    ...settings(random),
    maxConcurrency: random() < 0.6 ? 2 : 4,
    serialGate: random() < 0.4,
    keepaliveMs: random() < 0.5 ? 300_000 : 10_000,
  }),
  faults,
  profile: (random) => ({ ...files(random), servers: random() < 0.75 ? 1 : 2 }),
}

export const adoption: Family<OrchestratorCommand> = {
  weight: 1,
  story: 'servers and the engine end and come back, and take over the containers and the processes that they find',
  base: [
    between(submitAgent(plans.any), 0, 5_000),
    between(submit, 0, 5_000),
    between(submitAgent(plans.any), 0, 20_000),
    between(crash, 2_000, 30_000),
  ],
  command: fc.oneof(
    { weight: 3, arbitrary: submitAgent(plans.any) },
    { weight: 2, arbitrary: submit },
    { weight: 1, arbitrary: cancel },
    { weight: 3, arbitrary: crash },
    { weight: 2, arbitrary: stop },
    { weight: 2, arbitrary: pause },
    { weight: 2, arbitrary: engineRestart },
  ),
  more: 6,
  link,
  settings: (random) => ({ ...settings(random), maxConcurrency: 4, serialGate: false }),
  faults,
  profile: (random) => ({
    ...files(random),
    crashTakes: random() < 0.6 ? 'process' : 'container',
    servers: random() < 0.5 ? 1 : 2,
  }),
}

export const succession: Family<OrchestratorCommand> = {
  weight: 1,
  story:
    'a run is deleted while somebody looks at it, the next begins before that one is given up, and ends are heard late or not at all',
  base: [
    between(submitAgent(plans.brief), 0, 500),
    aboutFirst(between(about('connect'), 800, 2_500)),
    aboutFirst(between(remove, 3_500, 5_500)),
    between(submitAgent(plans.hanging), 5_000, 8_000),
    aboutSecond(between(cancel, 12_000, 25_000)),
    between(submitAgent(plans.brief), 0, 20_000),
  ],
  command: fc.oneof(
    { weight: 3, arbitrary: submitAgent(plans.brief) },
    { weight: 1, arbitrary: cancel },
    { weight: 1, arbitrary: remove },
    { weight: 1, arbitrary: about('disconnect') },
  ),
  more: 3,
  link,
  settings: (random) => ({ ...settings(random), maxConcurrency: 4, serialGate: false, keepaliveMs: 5_000 }),
  faults: ['stall', 'busy', 'full', 'ioError', 'exitLate', 'exitLost', 'killLost', 'containerStays', 'answerLost'],
  profile: (random) => ({ ...files(random), servers: 1, horizon: 200 }),
}
