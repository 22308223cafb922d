/**
 * From a seed to a scenario: commands by fast-check from the family's arbitraries, a random half of the family's faults
 * (swarm testing: Groce et al., ISSTA 2012), a multiplier for all windows, and the strategy that will rule.
 */
import fc from 'fast-check'
import { type Command, calmProfile, type FaultName, faults, type Profile, type Scenario } from '../sim/index.ts'
import { generator, seedOf } from './seeds.ts'
import { portfolio } from './strategies/index.ts'
import type { Family, Subject } from './subject.ts'

const FAULT_SHARE = 0.5
/** Rates of faults are meant for runs of so many steps; in shorter ones each site gets more of them, up to a bound. */
const RATE_STEPS = 250
const RATE_MAX = 0.25
const STRETCHES = [1, 1, 10, 100] as const

export interface Drawn<C> {
  readonly index: number
  readonly scenario: Scenario<C>
  readonly strategy: string
  /** Seeds the choices of the run and, separately, its strategy. */
  readonly seed: number
}

export interface Draw {
  readonly seed: string
  /** One family for all, or the mix by weight. */
  readonly family: string | undefined
  readonly strategy: string | undefined
}

/** The scenario with this index in the campaign: a pure function of (subject, draw, index). */
export function drawScenario<C>(subject: Subject<C>, draw: Draw, index: number): Drawn<C> {
  const text = `${draw.seed}/${index}`
  const random = generator(text)
  const name = draw.family ?? weighted(subject.families, random())
  const family = subject.families[name]!
  const strategy = draw.strategy ?? portfolio[index % portfolio.length]!
  const commands = drawCommands(family, Math.floor(random() * 0x7fffffff))
  const profile = drawProfile(family, random)
  const settings = family.settings?.(random) ?? {}
  return { index, scenario: { family: name, settings, commands, profile }, strategy, seed: seedOf(`${text}/run`) }
}

function drawCommands<C>(family: Family<C>, seed: number): Command<C>[] {
  const arbitrary = fc.tuple(...family.base, fc.array(family.command, { maxLength: family.more }))
  const [drawn] = fc.sample(arbitrary, { seed, numRuns: 1 }) as [
    [...Omit<Command<C>, 'id'>[], Omit<Command<C>, 'id'>[]],
  ]
  const flat = drawn!.flat() as Omit<Command<C>, 'id'>[]
  const commands = flat.map((command, at) => ({ id: `c${at}`, ...command }))
  return family.link === undefined ? commands : [...family.link(commands)]
}

function drawProfile<C>(family: Family<C>, random: () => number): Profile {
  const struck = family.faults.map((name) => ({ name, enabled: random() < FAULT_SHARE, at: random() }))
  const stretch = STRETCHES[Math.floor(random() * STRETCHES.length)]!
  const entropy = Math.floor(random() * 0x100000000)
  const profile: Profile = { ...calmProfile, stretch, entropy, ...family.profile?.(random) }
  const rates: Partial<Record<FaultName, number>> = {}
  for (const { name, enabled, at } of struck) if (enabled) rates[name] = rateAt(name, at, profile.horizon)
  return { ...profile, faults: rates }
}

/** Log-uniform, to three digits. */
function rateAt(name: FaultName, at: number, horizon: number): number {
  const [low, high] = faults[name].rates
  const rate = low * (high / low) ** at
  const scaled = rate * Math.max(1, RATE_STEPS / horizon)
  return Number(Math.max(rate, Math.min(scaled, RATE_MAX)).toPrecision(3))
}

function weighted<C>(families: Readonly<Record<string, Family<C>>>, at: number): string {
  const entries = Object.entries(families)
  const total = entries.reduce((sum, [, { weight }]) => sum + weight, 0)
  let rest = at * total
  for (const [name, { weight }] of entries) {
    rest -= weight
    if (rest < 0) return name
  }
  return entries.at(-1)![0]
}
