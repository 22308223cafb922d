/**
 * The event loop of the simulated machine. It is synchronous: fire one operation, drain every microtask, repeat. While a
 * picking strategy rules, any operation may fire next whose earliest time is not past another's latest: possible orders
 * only, nobody starved. Each firing then takes at least a microsecond, so that times alone order a replay and no rank for
 * ties is needed. Otherwise operations fire in the order of their times, ties in the order of their issue.
 */
import { Chain } from './chain.ts'
import { type Choices, delayPurpose } from './choices.ts'
import { drain } from './drain.ts'
import { addDue, addInstant } from './eligible.ts'
import { identity, type Label, label, mixHigh, mixLow } from './hash.ts'
import { type Actor, Operation, type Window } from './operation.ts'
import { Order } from './order.ts'
import type { PickingStrategy, Strategy } from './strategy.ts'

const NOWHERE: readonly string[] = []

export class Loop {
  nowUs = 0
  /** Operations fired so far. */
  steps = 0
  /** When something last happened that was no round of a periodic loop. */
  foregroundUs = 0
  /** The chain of the step that is being executed. */
  chain: Chain
  /** Called with each operation before it gets its place: the world may move its window. */
  prepare: ((operation: Operation) => void) | undefined
  /** Called with each operation that has fired, when all that it set off is drained. */
  watch: ((operation: Operation) => void) | undefined
  /** Keep with each operation where in the code it was issued: slow, for whoever looks for the cause of something. */
  stacks = false
  private readonly choices: Choices
  private strategy: Strategy | undefined
  private readonly order = new Order()
  /** What a picking strategy may choose from; those that have got their time are dropped when it chooses next. */
  private readonly pool: Operation[] = []
  private readonly eligible: Operation[] = []
  private hash1 = 0
  private hash2 = 0
  private serial = 0
  private chains = 0
  private continued = false
  private readonly roots = new Map<string, Chain>()

  constructor(choices: Choices, strategy: Strategy | undefined) {
    this.choices = choices
    this.strategy = strategy
    this.chain = this.root('world')
  }

  /** The chain that begins with a stable id: a command, a server, an entity. */
  root(name: string): Chain {
    let chain = this.roots.get(name)
    if (chain === undefined) {
      chain = new Chain(undefined, label(name), 0, this.chains++)
      this.roots.set(name, chain)
    }
    return chain
  }

  fork(parent: Chain, name: Label): Chain {
    return new Chain(parent, name, parent.count(name), this.chains++)
  }

  /** The chain on which the current step issues its next operation: its own for the first, a fork for each further one. */
  successor(name: Label): Chain {
    if (!this.continued) {
      this.continued = true
      return this.chain
    }
    return this.fork(this.chain, name)
  }

  issue(
    chain: Chain,
    name: Label,
    window: Window,
    fire: () => void,
    life?: Actor,
    footprint: readonly string[] = NOWHERE,
    periodUs = 0,
  ): Operation {
    const operation = this.make(chain, name, window, fire, life, footprint, periodUs)
    this.prepare?.(operation)
    this.schedule(operation)
    return operation
  }

  /** An operation that waits for `release`; it has its place among equals from the start, as it has in a replay. */
  reserve(chain: Chain, name: Label, window: Window, fire: () => void): Operation {
    return this.make(chain, name, window, fire, undefined, NOWHERE, 0)
  }

  private make(
    chain: Chain,
    name: Label,
    window: Window,
    fire: () => void,
    life: Actor | undefined,
    footprint: readonly string[],
    periodUs: number,
  ): Operation {
    const { nowUs, steps } = this
    const operation = new Operation(chain, name, life, footprint, window, nowUs, this.serial++, steps, periodUs, fire)
    if (this.stacks) operation.stack = new Error(operation.name).stack
    return operation
  }

  /**
   * Lets a reserved operation happen next, whatever the strategy. A microsecond from now: at this very time a replay would
   * place it before what was issued later and has already happened.
   */
  release(operation: Operation): void {
    operation.atUs = this.nowUs + 1
    this.choices.note(operation, delayPurpose, operation.atUs - operation.typicalUs)
    this.order.push(operation)
  }

  private schedule(operation: Operation): void {
    const { strategy } = this
    const recorded = this.choices.recorded(operation, delayPurpose)
    if (recorded !== undefined) operation.atUs = Math.max(this.nowUs, operation.typicalUs + recorded)
    else if (strategy === undefined) operation.atUs = operation.typicalUs
    else if (strategy.kind === 'picking') {
      this.pool.push(operation)
      return
    } else {
      operation.atUs = operation.issuedUs + Math.round(strategy.delayUs(operation))
      this.choices.note(operation, delayPurpose, operation.atUs - operation.typicalUs)
    }
    this.order.push(operation)
  }

  /** It will not happen. A replay must not let it happen before this either, so its delay is recorded as if it came next. */
  remove(operation: Operation): void {
    if (operation.state !== 'pending') return
    operation.state = 'removed'
    if (operation.atUs < 0 && operation.typicalUs <= this.nowUs)
      this.choices.note(operation, delayPurpose, this.nowUs + 1 - operation.typicalUs)
  }

  /** Puts an operation off: it fires anew no earlier than `atUs`, and as long after that as it liked. */
  postpone(operation: Operation, atUs: number): void {
    operation.earliestUs = Math.max(operation.earliestUs, atUs)
    operation.latestUs = Math.max(operation.latestUs, atUs)
    operation.typicalUs = Math.max(operation.typicalUs, atUs)
    operation.atUs = atUs
    operation.state = 'pending'
    this.order.push(operation)
  }

  /** From now on every operation takes its typical time: the fair schedule under which strands are judged. */
  calm(): void {
    this.strategy = undefined
    for (const operation of this.pool) {
      if (operation.state !== 'pending' || operation.atUs >= 0) continue
      // What is overdue comes after the present step, in a replay too: see release.
      operation.atUs = Math.max(this.nowUs + 1, operation.typicalUs)
      this.choices.note(operation, delayPurpose, operation.atUs - operation.typicalUs)
      this.order.push(operation)
    }
    this.pool.length = 0
  }

  /**
   * Hands what is pending over to a strategy. What stands outside its window has its time from elsewhere (an arrival by
   * progress, the end of a chaos before) and keeps it.
   */
  free(strategy: Strategy): void {
    this.strategy = strategy
    for (const operation of this.order.takeAll()) {
      const { atUs, earliestUs, latestUs, typicalUs } = operation
      if (atUs < earliestUs || atUs > latestUs) this.order.push(operation)
      else if (strategy.kind === 'picking') {
        operation.atUs = -1
        this.pool.push(operation)
      } else {
        operation.atUs = Math.max(this.nowUs + 1, operation.issuedUs + Math.round(strategy.delayUs(operation)))
        this.choices.note(operation, delayPurpose, operation.atUs - typicalUs)
        this.order.push(operation)
      }
    }
  }

  /** Fires the next operation and drains what it set off; false when nothing is pending. */
  step(): boolean {
    const operation = this.next()
    if (operation === undefined) return false
    operation.state = 'fired'
    this.steps++
    if (!operation.chain.isPeriodic) this.foregroundUs = this.nowUs
    this.hash1 = mixLow(this.hash1 ^ operation.h1, this.nowUs)
    this.hash2 = mixHigh(this.hash2 ^ operation.h2, this.nowUs)
    this.chain = operation.chain
    this.continued = false
    operation.fire()
    drain()
    if (this.strategy?.kind === 'picking') this.strategy.fired?.(operation)
    this.watch?.(operation)
    return true
  }

  /** The time at which the next operation will fire, once calm. */
  get nextUs(): number | undefined {
    return this.order.peek()?.atUs
  }

  /** Pending operations, in no particular order. */
  *pending(): Iterable<Operation> {
    yield* this.order.pending()
    for (const operation of this.pool) if (operation.state === 'pending' && operation.atUs < 0) yield operation
  }

  /**
   * Moves idle timers that are due before `untilUs` to their first tick at or after it; returns how many ticks were
   * skipped. It goes by typical times alone, which a replay knows too.
   */
  skipIdle(untilUs: number): number {
    let skipped = 0
    const move = (operation: Operation) => {
      const { periodUs, typicalUs } = operation
      if (periodUs === 0 || typicalUs >= untilUs || operation.state !== 'pending') return
      const rounds = Math.ceil((untilUs - typicalUs) / periodUs)
      const byUs = rounds * periodUs
      operation.earliestUs += byUs
      operation.typicalUs += byUs
      operation.latestUs += byUs
      if (operation.atUs >= 0) operation.atUs += byUs
      skipped += rounds
    }
    for (const operation of this.pool) if (operation.atUs < 0) move(operation)
    for (const operation of this.order.takeAll()) {
      move(operation)
      this.order.push(operation)
    }
    return skipped
  }

  /** Lets time pass in which nothing happens. */
  advanceTo(us: number): void {
    if (us > this.nowUs) this.nowUs = us
  }

  /** Folds a value that the run produced into its hash. */
  fold(value: number): void {
    this.hash1 = mixLow(this.hash1, value)
    this.hash2 = mixHigh(this.hash2, value)
  }

  get hash(): number {
    return identity(this.hash1, this.hash2)
  }

  private next(): Operation | undefined {
    if (this.pool.length > 0 && this.strategy?.kind === 'picking') {
      const picked = this.pickFrom(this.strategy)
      if (picked !== undefined) return picked
    }
    const operation = this.order.peek()
    if (operation === undefined) return undefined
    this.order.pop()
    if (operation.atUs > this.nowUs) this.nowUs = operation.atUs
    return operation
  }

  private pickFrom(strategy: PickingStrategy): Operation | undefined {
    const { pool, eligible } = this
    let kept = 0
    // What has a fixed time fires at it: whatever is picked before must come earlier, by a microsecond at least.
    const fixedUs = this.order.peek()?.atUs ?? Number.POSITIVE_INFINITY
    if (fixedUs <= this.nowUs + 1) return undefined
    let boundUs = fixedUs - 1
    for (const operation of pool) {
      if (operation.state !== 'pending' || operation.atUs >= 0) continue
      pool[kept++] = operation
      if (operation.latestUs < boundUs) boundUs = operation.latestUs
    }
    pool.length = kept
    eligible.length = 0
    if (strategy.dueUs !== undefined) addDue(eligible, pool, fixedUs - 1, (operation) => strategy.dueUs!(operation))
    else if (strategy.windows === 'off') addInstant(eligible, pool, fixedUs - 1)
    else for (const operation of pool) if (operation.earliestUs <= boundUs) eligible.push(operation)
    if (eligible.length === 0) return undefined
    const picked = eligible.length === 1 ? eligible[0]! : strategy.next(eligible)
    const lowUs = Math.max(this.nowUs + 1, picked.earliestUs)
    const highUs = Math.max(lowUs, boundUs)
    this.nowUs =
      strategy.atUs === undefined ? lowUs : Math.min(Math.max(strategy.atUs(picked, lowUs, highUs), lowUs), highUs)
    picked.atUs = this.nowUs
    this.choices.note(picked, delayPurpose, this.nowUs - picked.typicalUs)
    return picked
  }
}
