/** What clients and the machine may be drawn to do. */
import fc from 'fast-check'
import type { Command } from '../../../sim/index.ts'
import type { Behaviour, OrchestratorCommand, Plan } from '../command.ts'

export type Drawn = fc.Arbitrary<Omit<Command<OrchestratorCommand>, 'id'>>

const SPAN_MS = 30_000
const REPOS = ['one', 'two', 'three'] as const
const AGENTS = ['builder', 'reviewer'] as const

export const at = fc.oneof(
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

export const plan = planOf(1, 1_000, 5_000, 20_000, 600_000)

export const server = fc.integer({ min: 0, max: 1 })

export const terms = {
  agent: fc.constantFrom(...AGENTS),
  repo: fc.constantFrom(...REPOS),
  priority: fc.integer({ min: 0, max: 2 }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  delayMs: fc.constantFrom(0, 0, 0, 3_000),
  transientDelayMs: fc.constantFrom(0, 0, 5_000),
}

const submitOf = (plans: fc.Arbitrary<Plan>): Drawn =>
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

export const submit = submitOf(plan)
/** One that still runs when its server is told to stop. */
export const submitLong = submitOf(planOf(600_000))
export const submitTask: Drawn = fc.record({
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

/** Something that is done to the job of an earlier command. */
export const about = (kind: 'cancel' | 'delete' | 'connect' | 'disconnect' | 'relaunch'): Drawn =>
  fc.record({ at, do: fc.record({ kind: fc.constant(kind), server, target: fc.nat({ max: 20 }) }) })
export const cancel = about('cancel')
export const remove = about('delete')
export const crash: Drawn = fc.record({ at, do: fc.record({ kind: fc.constant('crash'), server }) })
export const stop: Drawn = fc.record({ at, do: fc.record({ kind: fc.constant('stop'), server }) })
export const pause: Drawn = fc.record({
  at,
  do: fc.record({ kind: fc.constant('pause'), server, ms: fc.constantFrom(500, 5_000, 30_000, 120_000) }),
})
export const wallStep: Drawn = fc.record({
  at,
  do: fc.record({ kind: fc.constant('wallStep'), ms: fc.constantFrom(-7_200_000, 500, 7_200_000, 7_200_000) }),
})
export const killProcess: Drawn = fc.record({
  at,
  do: fc.record({ kind: fc.constant('killProcess'), nth: fc.nat({ max: 5 }) }),
})
export const impostor: Drawn = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('impostor'),
    nth: fc.nat({ max: 5 }),
    ms: fc.constantFrom(10_000, 600_000, 7_200_000),
  }),
})
export const strangers: Drawn = fc.record({
  at,
  do: fc.record({
    kind: fc.constant('strangers'),
    count: fc.integer({ min: 1, max: 12 }),
    ms: fc.constantFrom(100, 10_000, 600_000, 7_200_000),
  }),
})

/** Cancels and deletes name the submit they mean, so that deleting a third command does not move them. */
export function link(commands: readonly Command<OrchestratorCommand>[]): Command<OrchestratorCommand>[] {
  const targets = commands.filter(({ do: what }) => makesJob(what.kind))
  return commands.map((command) => {
    const { do: what } = command
    if (!('target' in what) || typeof what.target !== 'number') return command
    return { ...command, do: { ...what, target: targets[what.target % targets.length]!.id } }
  })
}

function makesJob(kind: string): boolean {
  return kind === 'submit' || kind === 'submitTask' || kind === 'submitAgent' || kind === 'legacyRow'
}

export function between(arbitrary: Drawn, msMin: number, msMax: number): Drawn {
  return fc.tuple(arbitrary, fc.integer({ min: msMin, max: msMax })).map(([drawn, ms]) => ({ ...drawn, at: { ms } }))
}

/** Of the first job, and of the second. */
export function aboutFirst(arbitrary: Drawn): Drawn {
  return targeting(arbitrary, 0)
}

export function aboutSecond(arbitrary: Drawn): Drawn {
  return targeting(arbitrary, 1)
}

function targeting(arbitrary: Drawn, target: number): Drawn {
  return arbitrary.map((drawn) => ({ ...drawn, do: { ...drawn.do, target } }) as typeof drawn)
}
