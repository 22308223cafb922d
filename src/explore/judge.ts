/** Feeds the invariants of a run with what happens and keeps the first failure of each. */
import {
  AmbientError,
  type Change,
  Killed,
  type Machine,
  type Settings,
  type World,
  type WorldEvent,
} from '../sim/index.ts'
import type { Failure } from './run.ts'
import type { Check, Finding, Invariant, Situation, Subject, View } from './subject.ts'

const JUDGE_EVERY_US = 1_000_000

interface Watched {
  readonly invariant: Invariant
  readonly check: Check
}

/** The invariants of every subject: nobody acts on what has become another, nothing escapes. */
function staleThrough(name: string, through: 'row' | 'pid', story: string): Invariant {
  return {
    name,
    kind: 'safety',
    story,
    begin: () => ({
      happened: (event) =>
        event.kind === 'stale' && event.through === through ? { text: event.text, about: event.about } : undefined,
    }),
  }
}

const staleActor: readonly Invariant[] = [
  staleThrough('STALE', 'row', 'whoever has lost a row to a later owner writes to it no more'),
  staleThrough('STALE-PID', 'pid', 'nobody asks for, or signals, a pid that has passed to another process'),
]

export class Judge {
  readonly failures: Failure[] = []
  readonly sometimes = new Set<string>()
  view!: View
  calmUs = Number.POSITIVE_INFINITY
  private readonly invariants: readonly Invariant[]
  private readonly situations: readonly Situation[]
  private readonly describe: Subject<unknown>['describe']
  private readonly listening: { readonly name: string; heard(event: WorldEvent): boolean }[] = []
  private readonly onChange: Watched[] = []
  private readonly onEvent: Watched[] = []
  private readonly onStep: Watched[] = []
  private readonly onEnd: Watched[] = []
  private world!: World
  private judged = { changes: -1, nowUs: 0 }

  constructor(subject: Pick<Subject<unknown>, 'invariants' | 'sometimes' | 'describe'>) {
    this.invariants = [...staleActor, ...subject.invariants]
    this.situations = subject.sometimes ?? []
    this.describe = (change) => subject.describe(change)
  }

  watch(world: World, machine: Machine, settings: Settings, gauge: (name: string) => number): void {
    this.world = world
    const judge = this
    const { mirror, profile } = world
    this.view = {
      rows: (table) => mirror.rows(table),
      row: (table, id) => mirror.row(table, id),
      schema: () => world.image.describe(),
      changedUs: (table, id) => mirror.changedUs(table, id),
      meaning: (table, id, column) => mirror.meaning(table, id, column),
      process: (generation) => machine.table.byGeneration(generation),
      children: () => machine.children(),
      carriers: () => machine.carriers(),
      holders: (pid) =>
        machine.lives.flatMap((life) => {
          const holder = life === undefined ? undefined : machine.table.at(life.process.ns, pid)
          return holder === undefined ? [] : [holder]
        }),
      lifeAt: (namespace, pid, startTime) =>
        machine.lives.find((life) => {
          if (life === undefined) return false
          const { process } = life
          return process.pid === pid && process.startTick === startTime && `pid:[${process.ns.id}]` === namespace
        }),
      isUp: (name) => machine.lives.some((life) => life?.name === name),
      namespaceOf: (name) => machine.lives.find((life) => life?.name === name)?.process.ns,
      containers: () => machine.containers.engine.all(),
      files: machine.root,
      get engineAwayUntilUs() {
        return machine.containers.awayUntilUs
      },
      get diskFullUntilUs() {
        return machine.disk.fullUntilUs
      },
      get isDiskFull() {
        return machine.disk.isFull
      },
      get nowUs() {
        return world.nowUs
      },
      get wallMs() {
        return world.wallMs
      },
      get calm() {
        return world.nowUs >= judge.calmUs
      },
      get calmUs() {
        return judge.calmUs
      },
      profile,
      settings,
      gauge,
      reached: (name) => this.sometimes.add(name),
    }
    for (const { name, heard } of this.situations) if (heard) this.listening.push({ name, heard: heard(this.view) })
    for (const invariant of this.invariants) {
      const check = invariant.begin(this.view)
      const watched = { invariant, check }
      if (check.changed) this.onChange.push(watched)
      if (check.happened) this.onEvent.push(watched)
      if (check.stepped) this.onStep.push(watched)
      if (check.settled) this.onEnd.push(watched)
    }
  }

  readonly changed = (change: Change): void => {
    // What was planted past the system is a premise, not its doing.
    if (change.life !== '') {
      for (const { invariant, check } of this.onChange) this.found(invariant, check.changed!(change))
      this.notice(change)
    }
    if (!this.world.telling) return
    const described = this.describe(change)
    if (described !== undefined) this.world.tell('database', described.about, described.text)
  }

  private notice(change: Change): void {
    for (const situation of this.situations)
      if (!this.sometimes.has(situation.name) && situation.seen?.(change, this.view)) this.sometimes.add(situation.name)
  }

  readonly happened = (event: WorldEvent): void => {
    if (event.kind === 'fault') this.sometimes.add(`fault ${event.name}`)
    if (event.kind === 'sometimes') this.sometimes.add(event.name)
    for (const { name, heard } of this.listening) if (heard(event)) this.sometimes.add(name)
    for (const { invariant, check } of this.onEvent) this.found(invariant, check.happened!(event))
  }

  /** Durations are judged when something has changed or time has passed: not after each of a thousand steps. */
  stepped(): void {
    const { nowUs, changes } = this.world
    if (changes === this.judged.changes && nowUs < this.judged.nowUs + JUDGE_EVERY_US) return
    this.judged = { changes, nowUs }
    for (const { invariant, check } of this.onStep) this.found(invariant, check.stepped!())
  }

  settled(): void {
    for (const { invariant, check } of this.onEnd) this.found(invariant, check.settled!())
  }

  /** Something got out of the system: a rejection nobody handled, a touch of the real machine. */
  escaped(reason: unknown): void {
    if (reason instanceof Killed) return
    const ambient = reason instanceof AmbientError
    const text = reason instanceof Error ? `${reason.message}\n${reason.stack ?? ''}` : String(reason)
    this.fail(ambient ? 'AMBIENT' : 'UNHANDLED', 'safety', { text, about: [] })
  }

  fail(invariant: string, kind: Failure['kind'], finding: Finding): void {
    if (this.failures.some((failure) => failure.invariant === invariant)) return
    const { nowUs, loop } = this.world
    const { text, about } = finding
    this.failures.push({ invariant, kind, reason: text, about, atUs: nowUs, step: loop.steps })
    this.world.tell('oracle', about, `${invariant} is broken: ${text}`)
  }

  private found(invariant: Invariant, finding: Finding | undefined): void {
    if (finding !== undefined) this.fail(invariant.name, invariant.kind, finding)
  }
}
