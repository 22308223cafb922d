/**
 * One run: boot the servers, let the commands arrive, let chaos end, go on to quiescence, judge. A run is a pure function
 * of (subject, scenario, choices).
 */
import {
  type AmbientError,
  assertDrains,
  Choices,
  type Database,
  DatabaseImage,
  guarded,
  type Keyed,
  type Label,
  type Life,
  Machine,
  type Operation,
  RUNS,
  type Scenario,
  type Source,
  type Step,
  type Strategy,
  World,
} from '../sim/index.ts'
import { Behaviours } from './behaviours.ts'
import { Conductor, type Fork } from './conductor.ts'
import { Judge } from './judge.ts'
import type { Run, Told } from './run.ts'
import type { Subject } from './subject.ts'

const SLICE_MS = 50

export interface How {
  /** Absent: every operation takes the time that the record says, or its typical one. */
  readonly strategy?: Strategy
  readonly choices: Source
  /** Collect what happens, in words. */
  readonly telling?: boolean
  /** Hears of each step. */
  readonly onStep?: (step: Step) => void
  /** Keep where in the code each operation was issued. */
  readonly stacks?: boolean
  /** Hears of each point at which a fault could strike. */
  readonly onFaultPoint?: (owner: Keyed, purpose: Label) => void
  /** After so many steps the record ends, and this strategy and seed take over, as long as there is chaos. */
  readonly fork?: Fork
}

/** Reaches a macrotask, from which runs can settle promises, and does the work there. */
export function fromMacrotask<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        assertDrains()
        resolve(work())
      } catch (error) {
        reject(error)
      }
    })
  })
}

/**
 * Works in macrotasks for as long as `work` says that there is more. In between the process hears of signals, however long a
 * single run takes.
 */
export async function inSlices(work: () => boolean, onSlice: () => void = () => undefined): Promise<void> {
  for (let isMore = true; isMore; onSlice())
    await fromMacrotask(() => {
      const endMs = performance.now() + SLICE_MS
      do isMore = work()
      while (isMore && performance.now() < endMs)
    })
}

export function simulate<C>(subject: Subject<C>, scenario: Scenario<C>, how: How): Promise<Run<C>> {
  return fromMacrotask(() => simulateNow(subject, scenario, how))
}

/** As `simulate`, for callers that are in a macrotask already: campaigns run thousands from one. */
export function simulateNow<C>(subject: Subject<C>, scenario: Scenario<C>, how: How): Run<C> {
  const image = imageOf(subject, scenario.family)
  const choices = new Choices(how.choices)
  const told: Told[] = []
  const judge = new Judge(subject)
  const observer = how.telling
    ? {
        changed: judge.changed,
        happened: judge.happened,
        told: (atUs: number, actor: string, about: readonly string[], text: string) => {
          told.push({ atUs, actor, about, text })
        },
      }
    : { changed: judge.changed, happened: judge.happened }
  const world = new World(scenario.profile, choices, how.strategy, image, subject.schema, observer)
  const machine = new Machine(
    world,
    (argv, token) => subject.program(argv, token, judge.view),
    subject.images ?? [],
    subject.schema,
  )
  for (const name of subject.families[scenario.family]?.directories ?? []) machine.files.mkdir(`${RUNS}/${name}`)
  const conductor = new Conductor(subject, scenario, world, machine, judge, how.fork)
  const behaviours = new Behaviours()
  choices.onPoint = how.onFaultPoint
  world.loop.stacks = how.stacks === true
  world.loop.watch = watcher(world, behaviours, how.onStep)
  judge.watch(world, machine, scenario.settings, (name) => conductor.gauge(name))
  const others = process.rawListeners('unhandledRejection')
  try {
    // What the subject leaves unhandled is a finding of this run and nobody else's business, such as a test runner's.
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (reason) => judge.escaped(reason))
    guarded(
      () => conductor.conduct(),
      (error: AmbientError) => judge.escaped(error),
    )
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of others) process.on('unhandledRejection', listener as NodeJS.UnhandledRejectionListener)
    for (const life of machine.lives) silence(life)
    image.end()
  }
  return {
    scenario,
    failures: judge.failures,
    hash: world.loop.hash,
    steps: world.loop.steps,
    endUs: world.nowUs,
    skippedRounds: conductor.skippedRounds,
    sometimes: judge.sometimes,
    behaviours: behaviours.seen,
    choices: () => choices.record(),
    matched: choices.matched,
    told,
  }
}

function watcher({ loop }: World, behaviours: Behaviours, onStep: How['onStep']): (operation: Operation) => void {
  if (onStep === undefined) return (operation) => behaviours.fired(operation)
  return (operation) => {
    behaviours.fired(operation)
    onStep({ index: loop.steps, atUs: loop.nowUs, operation, hash: loop.hash })
  }
}

/** What is left of the run's code must never act again. */
function silence(life: Life | undefined): void {
  if (life !== undefined) life.alive = false
}

const images = new Map<string, DatabaseImage>()

/** The database on which the runs of this family begin. */
function imageOf<C>(subject: Subject<C>, family: string): DatabaseImage {
  const prepare = subject.families[family]?.prepare
  const key = prepare === undefined ? subject.imageKey : `${subject.imageKey}/${family}`
  const known = images.get(key)
  if (known !== undefined && !known.isSpoiled) return known
  known?.close()
  const watched: Record<string, string[]> = {}
  for (const { table, column } of subject.schema.references) watched[table] = [...(watched[table] ?? []), column]
  const prepareAll = (database: Database) => {
    subject.prepare(database)
    prepare?.(database)
  }
  const image = new DatabaseImage(prepareAll, watched)
  images.set(key, image)
  return image
}
