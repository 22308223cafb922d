/**
 * Looks for runs that keep orders which a person has written, from a log for instance: random schedules in which whatever
 * must wait is held. Scenarios are those of a campaign, or the one of a token again and again.
 */
import type { Scenario, Source, Step } from '../sim/index.ts'
import { newWalk } from './begin.ts'
import { type Constraint, commandsBehind, Holds, matcher } from './constraint.ts'
import { type Draw, drawScenario } from './draw.ts'
import type { Run } from './run.ts'
import { generator, seedOf } from './seeds.ts'
import { inSlices, simulateNow } from './simulate.ts'
import { holding } from './strategies/holding.ts'
import type { Subject } from './subject.ts'
import { freeSchedule, type Token } from './token.ts'

const NEAR_MS = 5

/** What the nth run of a search plays. */
export interface Try<C> {
  readonly scenario: Scenario<C>
  readonly choices: Source
  readonly seed: number
}

export interface OrderSearch<C> {
  readonly runs: number
  /** Runs that kept the orders, and those of them that failed. */
  readonly kept: number
  readonly failed: number
  /** The first run that kept them and failed. */
  readonly found: Run<C> | undefined
  /** While no run had kept the orders: the names of all steps, and those of the orders' names that no step bore. */
  readonly names: ReadonlySet<string>
  readonly unknown: readonly string[]
}

export interface OrderSearchOptions {
  readonly runs: number
  readonly signal?: AbortSignal
  readonly onSlice?: (done: number, kept: number, failed: number) => void
}

/** The scenarios of a campaign, one after the other; in all but every fourth the commands of an order come close together. */
export function triesOf<C>(subject: Subject<C>, draw: Draw, orders: readonly Constraint[]): (nth: number) => Try<C> {
  return (nth) => {
    const { scenario, seed } = drawScenario(subject, draw, nth)
    const random = generator(`${seed}/close`)
    return {
      scenario: nth % 4 === 3 ? scenario : closer(scenario, orders, random),
      seed,
      choices: { kind: 'seed', seed },
    }
  }
}

/** What must come first arrives about when the other does: what lies minutes apart has its order from the scenario alone. */
function closer<C>(scenario: Scenario<C>, orders: readonly Constraint[], random: () => number): Scenario<C> {
  const commands = [...scenario.commands]
  for (const { before, after } of orders) {
    const [first] = commandsBehind(before, commands)
    const others = commandsBehind(after, commands).filter((command) => command !== first)
    const second = others[Math.floor(random() * others.length)]
    if (first === undefined || second === undefined) continue
    const ms = 'ms' in second.at ? second.at.ms : second.at.progress * scenario.profile.horizon
    const at = { ms: Math.round(ms) }
    commands[commands.indexOf(second)] = { ...second, at }
    commands[commands.indexOf(first)] = {
      ...first,
      at: { ms: Math.max(0, at.ms + Math.floor(random() * NEAR_MS) - 1) },
    }
  }
  return { ...scenario, commands: commands as typeof scenario.commands }
}

/** The scenario of a token under the faults that struck in it, each time with another schedule. */
export function triesOfToken<C>({ scenario, choices }: Pick<Token, 'scenario' | 'choices'>): (nth: number) => Try<C> {
  const source = freeSchedule(choices)
  return (nth) => ({ scenario: scenario as Scenario<C>, choices: source, seed: seedOf(`order/${nth}`) })
}

export async function searchOrders<C>(
  subject: Subject<C>,
  tries: (nth: number) => Try<C>,
  orders: readonly Constraint[],
  { runs, signal, onSlice }: OrderSearchOptions,
): Promise<OrderSearch<C>> {
  const names = new Set<string>()
  const wanted = new Set(orders.flatMap(({ before, after }) => [before, after]))
  let found: Run<C> | undefined
  let done = 0
  let kept = 0
  let failed = 0
  const listen = (scenario: Scenario<C>) => {
    const matchers = [...wanted].map((name) => [name, matcher(name, scenario)] as const)
    return ({ operation }: Step) => {
      names.add(operation.name)
      for (const [name, matches] of matchers) if (matches(operation)) wanted.delete(name)
    }
  }
  const one = () => {
    const { scenario, choices, seed } = tries(done)
    const holds = new Holds(orders, scenario)
    const strategy = holding(newWalk(done, seed, scenario.profile.horizon), holds)
    const run = simulateNow(subject, scenario, {
      strategy,
      choices,
      ...(kept === 0 ? { onStep: listen(scenario) } : {}),
    })
    done++
    if (!holds.areKept) return
    kept++
    if (run.failures.length === 0) return
    failed++
    found ??= run
  }
  await inSlices(
    () => {
      if (done >= runs || signal?.aborted) return false
      one()
      return done < runs
    },
    () => onSlice?.(done, kept, failed),
  )
  return { runs: done, kept, failed, found, names, unknown: kept === 0 ? [...wanted] : [] }
}
