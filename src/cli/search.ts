/**
 * `strandline replay --before 'a<b'`: looks for runs that keep the orders which a person has written, in the scenario of a
 * token or in those of a campaign, and makes the first of them that fails small.
 */
import {
  type Constraint,
  type Draw,
  decodeToken,
  Holds,
  type OrderSearch,
  searchOrders,
  triesOf,
  triesOfToken,
} from '../explore/index.ts'
import { count, exactShare, nameOf, searchJson } from '../report/index.ts'
import { distance } from './distance.ts'
import { type Finding, makeSmall } from './finding.ts'
import { announcement } from './hunt.ts'
import { interruptSignal } from './interrupt.ts'
import { scenariosFrom } from './options.ts'
import { progressBar } from './progress.ts'
import { seedFrom, seedWords } from './seed.ts'
import { familyOf, principal, type Target, targetOf } from './target.ts'
import { findingLines, notDeterministic, watchShrinking } from './telling.ts'
import { note, paint, print, printJson } from './terminal.ts'
import { targetFor, tokenIn } from './tokenArgument.ts'
import { exitCodes } from './usage.ts'

/** How many runs a search makes if nothing is said. */
export const SEARCH_RUNS = 1_000
const SHRINK_MS_MAX = 10_000
const NAMES_SHOWN = 6

export interface SearchFlags {
  readonly subject?: string
  readonly defect?: string
  readonly family?: string
  readonly seed?: string
  readonly scenarios?: number
  readonly json?: true
}

export async function search(
  argument: string | undefined,
  orders: readonly Constraint[],
  flags: SearchFlags,
): Promise<number> {
  const say = flags.json ? note : print
  const runs = scenariosFrom(flags.scenarios, SEARCH_RUNS)
  const words = orders.map(({ before, after }) => `${before} before ${after}`).join(', ')
  const { target, tries, where } = argument === undefined ? inCampaign(flags, orders) : inToken(argument, flags)
  say(`looking for ${words}: ${where}, ${count(runs)} runs`)
  const signal = interruptSignal()
  const bar = progressBar('looking', runs)
  const result = await searchOrders(target.played, tries, orders, {
    runs,
    signal,
    onSlice: (done, kept, failed) => bar.update(done, `${done} runs, ${kept} kept the orders, ${failed} failed`),
  })
  bar.stop()
  try {
    const finding = result.found === undefined ? undefined : await small(target, result.found, signal)
    if (flags.json) printJson(searchJson(nameOf(target), orders, result, finding?.found ?? []))
    else
      print(
        ...resultLines(target, result, signal.aborted),
        ...(finding === undefined ? [] : [...needLines(orders, finding), ...findingLines(target, finding)]),
      )
  } catch (error) {
    return notDeterministic(target, error)
  }
  if (result.failed > 0) return exitCodes.found
  // Whoever was interrupted has not seen enough steps to say that a name is nobody's.
  if (signal.aborted) return exitCodes.interrupted
  return result.unknown.length > 0 ? exitCodes.usage : exitCodes.clean
}

function inToken(argument: string, { subject }: SearchFlags) {
  const token = decodeToken(tokenIn(argument))
  const target = targetFor(token, subject)
  return { target, tries: triesOfToken<unknown>(token), where: `${nameOf(target)}, the scenario of the token` }
}

function inCampaign({ subject, defect, family: asked, seed: text }: SearchFlags, orders: readonly Constraint[]) {
  const target = targetOf(subject, defect)
  const family = familyOf(target, asked)
  const seed = seedFrom(text)
  const draw: Draw = { seed: seed.text, family, strategy: undefined }
  return { target, tries: triesOf(target.played, draw, orders), where: announcement(target, family, [seedWords(seed)]) }
}

function small(target: Target, run: NonNullable<OrderSearch<unknown>['found']>, signal: AbortSignal): Promise<Finding> {
  const { invariant } = principal(run.failures, target.about)!
  return watchShrinking(signal, SHRINK_MS_MAX, (bounds) => makeSmall(target, run, invariant, bounds))
}

function resultLines(target: Target, result: OrderSearch<unknown>, stopped: boolean): string[] {
  const { runs, kept, failed } = result
  if (stopped && kept === 0) return [`stopped early: none of ${count(runs)} runs kept these orders`]
  if (kept === 0) return [`${count(runs)} runs, and none kept these orders`, ...unknownLines(result)]
  const share = `${stopped ? 'stopped early, ' : ''}${count(kept)} of ${count(runs)} runs kept the orders`
  if (failed === 0) return [`${paint('green', 'nothing found')}: ${share}, and ${nameOf(target)} stood them all`]
  return [`${paint('red', 'found')}: ${share}, and ${count(failed)} of these failed (${exactShare(failed, kept)})`]
}

/** What fails under an order need not fail because of it. */
function needLines(orders: readonly Constraint[], { run, steps }: Finding): string[] {
  const holds = new Holds(orders, run.scenario)
  for (const operation of steps) holds.fired(operation)
  return holds.areKept
    ? []
    : [paint('yellow', 'made small, it no longer keeps the order: the failure does not need it')]
}

/** A name that no step bears is the likeliest mistake. */
function unknownLines({ unknown, names }: OrderSearch<unknown>): string[] {
  const all = [...new Set([...names].map((name) => name.replace(/#\d+/, '').replace(/\.reply$/, '')))].toSorted()
  return unknown.map((name) => {
    const nearest = all.toSorted((a, b) => distance(a, name) - distance(b, name)).slice(0, NAMES_SHOWN)
    const more = all.length > nearest.length ? ', …' : ''
    return `no step was "${name}"; there are ${nearest.join(', ')}${more} (replay TOKEN --steps lists all of a run)`
  })
}
