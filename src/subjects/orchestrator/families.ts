/** Which scenarios the orchestrator meets. */
import fc from 'fast-check'
import type { Family } from '../../explore/index.ts'
import type { Command, FaultName } from '../../sim/index.ts'
import type { Behaviour, OrchestratorCommand, Plan } from './command.ts'
import { migrationFamily } from './migrationFamily.ts'
import { runIdsFamilies } from './runIdsFamily.ts'

type Drawn = Omit<Command<OrchestratorCommand>, 'id'>

const SPAN_MS = 30_000
const REPOS = ['one', 'two', 'three'] as const
const AGENTS = ['builder', 'reviewer'] as const

const at = fc.oneof(
  { weight: 2, arbitrary: fc.record({ ms: fc.integer({ min: 0, max: SPAN_MS }) }) },
  { weight: 3, arbitrary: fc.record({ progress: fc.integer({ min: 0, max: 100 }).map(percent, toPercent) }) },
)

function percent(value: number): number {
  return value / 100
}

function toPercent(value: unknown): number {
  return Math.round(Number(value) * 100)
}

const codes = fc.oneof(
  { weight: 5, arbitrary: fc.constant([0]) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(0, 1, 75, 78), { minLength: 1, maxLength: 3 }) },
)

const planOf = (...ms: number[]): fc.Arbitrary<Plan> =>
  fc.record({
    ms: fc.constantFrom(...ms),
    codes,
    onTerm: fc.constantFrom('dies', 'ends', 'ignores'),
    leavesMs: fc.constantFrom(0, 0, 0, 30_000, 600_000),
    escapes: fc.boolean(),
  })

const plan = planOf(1, 1_000, 5_000, 20_000, 600_000)

const server = fc.integer({ min: 0, max: 1 })

const terms = {
  agent: fc.constantFrom(...AGENTS),
  repo: fc.constantFrom(...REPOS),
  priority: fc.integer({ min: 0, max: 2 }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  delayMs: fc.constantFrom(0, 0, 0, 3_000),
  transientDelayMs: fc.constantFrom(0, 0, 5_000),
}

const submitOf = (plans: fc.Arbitrary<Plan>): fc.Arbitrary<Drawn> =>
  fc.record({
    at,
    do: fc.record({
      kind: fc.constant('submit'),
      server,
      plan: plans,
      exists: fc.constantFrom(true, true, true, true, true, true, true, false),
      ...terms,
    }),
  })

const submit = submitOf(plan)
const submitTask: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('submitTask'),
    server,
    behaviour: fc.record<Behaviour>({
      ms: fc.constantFrom(1, 1_000, 5_000, 20_000, 600_000),
      outcomes: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Behaviour['outcomes']>(['returns']) },
        {
          weight: 2,
          arbitrary: fc.array(fc.constantFrom('returns', 'throws', 'retryable', 'hopeless'), {
            minLength: 1,
            maxLength: 3,
          }),
        },
      ),
      obeys: fc.constantFrom(true, true, true, false),
    }),
    ...terms,
  }),
})
/** One that still runs when its server is told to stop. */
const long = submitOf(planOf(600_000))
const remove: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({ kind: fc.constant('delete'), server, target: fc.nat({ max: 20 }) }),
})
/** A job from the beginning, and its deletion while it starts, runs or has just ended. */
const submitEarly = within(submit, 1_000)
const removeEarly = within(remove, 40_000).map((drawn) => ({ ...drawn, do: { ...drawn.do, target: 0 } }) as Drawn)
const fullDisk: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('fullDisk'),
    ms: fc.constantFrom(1_000, 20_000, 600_000),
    brim: fc.boolean(),
  }),
})
const cancel: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({ kind: fc.constant('cancel'), server, target: fc.nat({ max: 20 }) }),
})
const crash: fc.Arbitrary<Drawn> = fc.record({ at, do: fc.record({ kind: fc.constant('crash'), server }) })
const stop: fc.Arbitrary<Drawn> = fc.record({ at, do: fc.record({ kind: fc.constant('stop'), server }) })
const pause: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({ kind: fc.constant('pause'), server, ms: fc.constantFrom(500, 5_000, 30_000, 120_000) }),
})
const wallStep: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({ kind: fc.constant('wallStep'), ms: fc.constantFrom(-7_200_000, 500, 7_200_000, 7_200_000) }),
})
const killProcess: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({ kind: fc.constant('killProcess'), nth: fc.nat({ max: 5 }) }),
})
const impostor: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('impostor'),
    nth: fc.nat({ max: 5 }),
    ms: fc.constantFrom(10_000, 600_000, 7_200_000),
  }),
})
const strangers: fc.Arbitrary<Drawn> = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('strangers'),
    count: fc.integer({ min: 1, max: 12 }),
    ms: fc.constantFrom(100, 10_000, 600_000, 7_200_000),
  }),
})
const legacyRow: fc.Arbitrary<Drawn> = fc.record({
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

/** Cancels and deletes name the submit they mean, so that deleting a third command does not move them. */
function link(commands: readonly Command<OrchestratorCommand>[]): Command<OrchestratorCommand>[] {
  const targets = commands.filter(({ do: what }) => makesJob(what.kind))
  return commands.map((command) => {
    const { do: what } = command
    if (!('target' in what) || typeof what.target !== 'number') return command
    return { ...command, do: { ...what, target: targets[what.target % targets.length]!.id } }
  })
}

function within(arbitrary: fc.Arbitrary<Drawn>, msMax: number): fc.Arbitrary<Drawn> {
  return fc.tuple(arbitrary, fc.nat({ max: msMax })).map(([drawn, ms]) => ({ ...drawn, at: { ms } }))
}

function makesJob(kind: string): boolean {
  return kind === 'submit' || kind === 'submitTask' || kind === 'submitAgent' || kind === 'legacyRow'
}

/** All that strikes where nothing is removed. */
const everyFault: readonly FaultName[] = [
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

function chosen<T>(random: () => number, ...values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!
}

const machine = (random: () => number) =>
  ({
    servers: chosen(random, 1, 1, 2),
    poolSize: chosen(random, 1, 4),
    pidMax: chosen(random, 12, 24, 32_768),
    crashTakes: chosen(random, 'container', 'container', 'process'),
    init: chosen(random, 'server', 'tini'),
    tailMs: chosen(random, 5_000, 30_000),
    horizon: 250,
  }) as const

const settings = (random: () => number) => ({
  maxConcurrency: chosen(random, 1, 1, 2, 4),
  serialGate: random() < 0.7,
  sanitize: random() < 0.8,
  exitGraceMs: chosen(random, 300_000, 300_000, 20_000),
})

export const families: Readonly<Record<string, Family<OrchestratorCommand>>> = {
  ...runIdsFamilies({
    at,
    server,
    terms,
    submitProcess: submit,
    cancel,
    remove,
    crash,
    stop,
    pause,
    link,
    settings,
    profile: machine,
  }),
  ownership: {
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
  },
  reuse: {
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
  },
  servers: {
    weight: 1,
    story: 'two servers share the database, stand still, stop and crash, and take over from each other',
    base: [long, submit, stop, wallStep],
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
  },
  survivors: {
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
  },
  legacy: {
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
  },
  tasks: {
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
  },
  records: {
    weight: 1,
    story: 'jobs are deleted in whatever state they are, directories resist, and the disk fills up',
    base: [submitEarly, submit, removeEarly],
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
  },
  tenants: {
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
  },
  migration: migrationFamily({ submit, remove, cancel, crash, link, settings, profile: machine }),
}
