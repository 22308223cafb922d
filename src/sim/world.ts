/**
 * The simulated machine of one run: it owns the loop, the choices, the process table, the database and the server lives,
 * and every boundary between them. What the system asks for becomes operations; what happens is told to one observer.
 */
import type { Chain } from './chain.ts'
import { Choices } from './choices.ts'
import type { DatabaseHooks, StatementFault } from './database.ts'
import type { DatabaseImage } from './databaseImage.ts'
import type { WorldEvent } from './event.ts'
import type { FaultName } from './fault.ts'
import { hashText, type Label, label } from './hash.ts'
import { Hazards } from './hazards.ts'
import { Killed, type Life } from './life.ts'
import { Loop } from './loop.ts'
import { type Change, Mirror, type OwnedTable, type Reference } from './mirror.ts'
import { type Operation, replyLabel, type Window } from './operation.ts'
import type { Profile } from './scenario.ts'
import { currentScope, type Owner, runInScope, type Scope } from './scope.ts'
import type { Strategy } from './strategy.ts'

/** What a subject tells the simulator about its data. */
export interface Schema {
  readonly references: readonly Reference[]
  readonly owned: readonly OwnedTable[]
  /** Do the row's references still matter to anybody? */
  readonly live: (table: string, row: Change['after'] & object) => boolean
}

export interface Observer {
  changed(change: Change): void
  happened(event: WorldEvent): void
  /** Present when somebody wants to read the run: what happened, in words, and what it was about. */
  told?: (nowUs: number, actor: string, about: readonly string[], text: string) => void
}

/** 2027-01-15T08:00:00Z: virtual time 0. */
export const EPOCH_MS = 1_800_000_000_000

const randomLabel = label('random')
export const replyWindow: Window = { earliestUs: 1, typicalUs: 20, latestUs: 500 }
/** What a planted key means: a process of an earlier time. */
const NOBODY = 0
const NOWHERE: readonly string[] = []

export class World implements DatabaseHooks {
  readonly loop: Loop
  readonly choices: Choices
  private readonly entropy: Choices
  readonly profile: Profile
  readonly image: DatabaseImage
  readonly mirror: Mirror
  readonly observer: Observer
  readonly hazards: Hazards
  /** Counts commits and other lasting changes, idle writes excepted: what an idle round leaves alone. */
  changes = 0
  wallStepMs = 0
  /** Set by whoever runs the world: how a life ends. */
  onCrash: (life: Life) => void = () => undefined
  /** Set by whoever runs the world: is there no room for another row? */
  isDiskFull: () => boolean = () => false
  /** Which changes mean nothing to anybody, such as a heartbeat. */
  idleChange: (change: Change) => boolean = () => false
  /** Which process generation does this pid mean to the scope that writes it? */
  resolvePid: (pid: number, scope: Scope | undefined) => number | undefined = () => undefined
  private acting: { life: Life; operation: Operation; scope: Scope | undefined; statements: number } | undefined

  constructor(
    profile: Profile,
    choices: Choices,
    strategy: Strategy | undefined,
    image: DatabaseImage,
    schema: Schema,
    observer: Observer,
  ) {
    this.profile = profile
    this.choices = choices
    this.entropy = new Choices({ kind: 'seed', seed: profile.entropy })
    this.loop = new Loop(choices, strategy)
    this.image = image
    this.mirror = new Mirror(image, schema.references, schema.owned)
    this.observer = observer
    this.hazards = new Hazards(choices, profile, ({ name }, operation, text) => {
      observer.happened({ kind: 'fault', name: name as FaultName })
      this.tell(operation.life?.name ?? 'world', operation.footprint, `${name}: ${text}`)
    })
    this.loop.prepare = (operation) => this.hazards.widen(operation)
  }

  get nowUs(): number {
    return this.loop.nowUs
  }

  get wallMs(): number {
    return EPOCH_MS + this.wallStepMs + Math.floor(this.loop.nowUs / 1000)
  }

  /** The wall clock is set; the monotonic one does not notice. */
  setWall(byMs: number): void {
    this.wallStepMs += byMs
    this.changes++
    this.observer.happened({ kind: 'fault', name: 'wallStep' })
    this.tell('clock', [], `the wall clock steps by ${byMs} ms`)
  }

  tell(actor: string, about: readonly string[], text: string): void {
    this.observer.told?.(this.loop.nowUs, actor, about, text)
  }

  get telling(): boolean {
    return this.observer.told !== undefined
  }

  /** The chain of the next operation: the step's own, or one of the scope in which the caller acts. */
  chainFor(name: Label): Chain {
    const scope = currentScope()
    if (scope === undefined || this.loop.chain.within(scope.chain)) return this.loop.successor(name)
    return this.loop.fork(scope.chain, name)
  }

  /** A new chain beside that of the next operation. */
  forkFor(name: Label): Chain {
    const scope = currentScope()
    const { chain } = this.loop
    return this.loop.fork(scope === undefined || chain.within(scope.chain) ? chain : scope.chain, name)
  }

  /** Runs `work` as the owner of a row, on chains that begin at `root` (a path that survives shrinking). */
  inScope<T>(root: string, name: string, owner: Owner | undefined, work: () => T): T {
    const chain = this.loop.fork(this.loop.root(root), label(name))
    return runInScope({ chain, owner, parent: currentScope() }, work)
  }

  /** A call through a port: an effect and, later, a reply. A dead life gets no answer. */
  call<T>(
    life: Life,
    name: Label,
    window: Window,
    effect: (operation: Operation) => T,
    footprint: readonly string[] = NOWHERE,
  ): Promise<T> {
    if (!life.alive) return new Promise(() => undefined)
    const chain = this.chainFor(name)
    return new Promise((resolve, reject) => {
      this.effect(life, chain, currentScope(), name, window, footprint, effect, (settle) => {
        const answer = () => ('error' in settle ? reject(settle.error) : resolve(settle.value as T))
        this.issue(life, chain, replyLabel, replyWindow, answer)
      })
    })
  }

  /** The effect half of a call; `done` runs in the same step. */
  effect<T>(
    life: Life,
    chain: Chain,
    scope: Scope | undefined,
    name: Label,
    window: Window,
    footprint: readonly string[],
    effect: (operation: Operation) => T,
    done: (settled: { value: T } | { error: unknown }) => void,
  ): Operation {
    return this.issue(
      life,
      chain,
      name,
      window,
      (operation) => {
        let settled: { value: T } | { error: unknown }
        this.acting = { life, operation, scope, statements: 0 }
        try {
          settled = { value: effect(operation) }
        } catch (error) {
          if (error instanceof Killed || !life.alive) return
          settled = { error }
        } finally {
          if (this.image.followSchema()) this.compare()
          this.acting = undefined
        }
        done(settled)
      },
      footprint,
    )
  }

  /** An operation of a life: it happens unless the life has died, and may be where the life dies or stands still. */
  issue(
    life: Life,
    chain: Chain,
    name: Label,
    window: Window,
    act: (operation: Operation) => void,
    footprint: readonly string[] = NOWHERE,
    periodUs = 0,
  ): Operation {
    const fire = () => {
      if (!life.alive) return
      if (life.pausedUntilUs > this.loop.nowUs) {
        this.loop.postpone(operation, life.pausedUntilUs)
        return
      }
      if (this.hazards.killsBefore(operation)) {
        this.onCrash(life)
        return
      }
      const pauseMs = life.pausedUntilUs === 0 ? this.hazards.pauseMs(operation) : 0
      if (pauseMs > 0) {
        life.pausedUntilUs = this.loop.nowUs + pauseMs * 1000
        this.loop.postpone(operation, life.pausedUntilUs)
        return
      }
      act(operation)
    }
    const operation: Operation = this.loop.issue(chain, name, window, fire, life, footprint, periodUs)
    life.pending.add(operation)
    return operation
  }

  /** Removes everything that the life was waiting for. */
  drop(life: Life): void {
    for (const operation of life.pending) this.loop.remove(operation)
    life.pending.clear()
  }

  strike(_: Life, writes: boolean): StatementFault {
    if (writes && this.isDiskFull()) return 'full'
    const { acting } = this
    return acting === undefined ? undefined : this.hazards.statement(acting.operation, acting.statements++)
  }

  crash(life: Life): never {
    this.onCrash(life)
    throw new Killed()
  }

  committed(): void {
    if (this.image.touches.length === 0) return
    const scope = this.acting?.scope ?? currentScope()
    const origin = (scope?.chain ?? this.acting?.operation.chain ?? this.loop.chain).root.label.text
    const { acting } = this
    const by = acting?.operation.label.text ?? ''
    const changes = this.mirror.absorb(origin, by, acting?.life.name ?? '', this.nowUs, (_, pid) =>
      acting === undefined ? NOBODY : this.resolvePid(pid, scope),
    )
    for (const change of changes) {
      this.fold(change)
      if (!this.idleChange(change)) this.changes++
      if (acting !== undefined) this.judge(change, scope)
      this.observer.changed(change)
    }
  }

  /** The schema is another one: what it did to the rows counts as changed by whoever changed it. */
  private compare(): void {
    this.tell(this.acting?.life.name ?? 'world', NOWHERE, 'has changed the schema of the database')
    this.mirror.compare()
    this.committed()
  }

  /** What was committed belongs to the run's hash: a run that differs in nothing but its data differs. */
  private fold({ id, before, after }: Change): void {
    const { loop } = this
    loop.fold(id)
    for (const name in after) {
      const value = after[name]
      if (before !== undefined && before[name] === value) continue
      loop.fold(typeof value === 'number' && Number.isInteger(value) ? value : hashText(String(value)))
    }
  }

  rolledBack(): void {
    this.image.touches.length = 0
  }

  /** The stale-actor oracle's first half: whoever owned an earlier generation of a row must not write the present one. */
  private judge(change: Change, scope: Scope | undefined): void {
    for (let actor = scope; actor !== undefined; actor = actor.parent) {
      const { owner } = actor
      if (owner === undefined || owner.table !== change.table || owner.id !== change.id) continue
      if (change.generation === undefined || owner.generation === change.generation) continue
      this.observer.happened({
        kind: 'stale',
        through: 'row',
        about: [`${change.table}:${change.id}`],
        text: `${actor.chain.path} wrote ${change.table} ${change.id}, which it no longer owned`,
      })
    }
  }

  /**
   * 32 bits that belong to the current step: the source of all randomness of systems and of SQL. They follow from the
   * profile and not from the seed of the run, which a replay does not have.
   */
  randomBits(): number {
    const chain = this.acting?.operation.chain ?? this.loop.chain
    return this.entropy.bits(chain, { text: randomLabel.text, hash: randomLabel.hash + chain.count(randomLabel) })
  }
}
