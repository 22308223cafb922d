/** Adds the results of shards: counts are summed, so that what follows from them is as if one machine had played them all. */
import type { Discordance } from '../explore/index.ts'
import type { Discovery, DiscoveryPoint, Found, Hits, NamedCounts, Paired, Result, Shard } from './result.ts'
import { MergeError, type ShardFile } from './shards.ts'
import { askedOf } from './summary.ts'

export interface MergedResult {
  readonly result: Result
  readonly against: { readonly result: Result; readonly paired: Paired } | undefined
}

/** Throws MergeError where they are not shards of one campaign. */
export function mergeShards(files: readonly ShardFile[]): MergedResult {
  const sorted = files.toSorted((a, b) => shardOf(a.result).nth - shardOf(b.result).nth)
  assertOneCampaign(sorted)
  const result = added(sorted.map((file) => file.result))
  const others = sorted.flatMap(({ against }) => against ?? [])
  if (others.length === 0) return { result, against: undefined }
  const paired = others.map((other) => other.paired).reduce(addedPaired)
  return { result, against: { result: added(others.map((other) => other.result)), paired } }
}

/** A campaign that was not shared is its own only shard. */
function shardOf({ shard }: Result): Shard {
  return shard ?? { nth: 1, of: 1 }
}

/** What must be equal, in words, by what it is called. */
function campaignOf({ result, against }: ShardFile): Readonly<Record<string, string>> {
  const { command, subject, defect, family, strategy, seed, asked } = result
  return {
    command,
    subject,
    defect: defect ?? 'none',
    against: against === undefined ? 'nothing' : (against.result.defect ?? 'as-is'),
    family: family ?? 'all',
    strategy: strategy ?? 'all',
    seed,
    scenarios: asked === undefined ? 'as many as the time allows' : String(asked),
    'number of shards': String(shardOf(result).of),
  }
}

function assertOneCampaign([first, ...rest]: readonly ShardFile[]): void {
  let before = first!
  const expected = campaignOf(before)
  for (const file of rest) {
    const own = campaignOf(file)
    const differing = Object.keys(expected).find((name) => own[name] !== expected[name])
    if (differing !== undefined)
      throw new MergeError(
        `"${file.name}" is not of the same campaign as "${first!.name}": ${differing} ${own[differing]}, not ${expected[differing]}`,
      )
    const { nth, of } = shardOf(file.result)
    if (nth === shardOf(before.result).nth)
      throw new MergeError(`shard ${nth}/${of} is given twice, in "${before.name}" and in "${file.name}"`)
    before = file
  }
}

function added(results: readonly Result[]): Result {
  const [first] = results as readonly [Result, ...Result[]]
  const { command, subject, defect, family, strategy, seed, asked } = first
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0)
  const { of } = shardOf(first)
  const present = results.map((result) => shardOf(result).nth)
  const given = new Set(present)
  return {
    ...{ command, subject, defect, family, strategy, seed, asked, shard: undefined },
    merged: {
      of,
      shards: present,
      missing: Array.from({ length: of }, (_, at) => at + 1).filter((nth) => !given.has(nth)),
      short: results.filter(isShort).map((result) => shardOf(result).nth),
    },
    scenarios: sum(({ scenarios }) => scenarios),
    strands: sum(({ strands }) => strands),
    violations: sum(({ violations }) => violations),
    strategies: addedCounts(results.flatMap(({ strategies }) => strategies)),
    families: addedCounts(results.flatMap(({ families }) => families)),
    sometimes: addedHits(results.flatMap(({ sometimes }) => sometimes)),
    // Each lacks what it did not reach itself: nobody reached what all of them lack.
    neverReached: first.neverReached.filter((name) => results.every(({ neverReached }) => neverReached.includes(name))),
    discovery: addedDiscovery(results.map(({ discovery }) => discovery)),
    broken: addedHits(results.flatMap(({ broken }) => broken)),
    failures: united(results.flatMap(({ failures }) => failures)),
    seconds: sum(({ seconds }) => seconds),
  }
}

/** Ended before it had played its part, and not because it had found something. */
function isShort(result: Result): boolean {
  const asked = askedOf(result)
  if (asked === undefined || (result.command === 'hunt' && result.failures.length > 0)) return false
  return result.scenarios < asked
}

function addedCounts(all: readonly NamedCounts[]): NamedCounts[] {
  const sums = new Map<string, NamedCounts>()
  for (const { name, ...counts } of all) {
    const { scenarios, strands, violations } = sums.get(name) ?? { scenarios: 0, strands: 0, violations: 0 }
    sums.set(name, {
      name,
      scenarios: scenarios + counts.scenarios,
      strands: strands + counts.strands,
      violations: violations + counts.violations,
    })
  }
  return [...sums.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function addedHits(all: readonly Hits[]): Hits[] {
  const sums = new Map<string, number>()
  for (const { name, hits } of all) sums.set(name, (sums.get(name) ?? 0) + hits)
  return [...sums]
    .map(([name, hits]) => ({ name, hits }))
    .toSorted((a, b) => b.hits - a.hits || (a.name < b.name ? -1 : 1))
}

/** One failure of each invariant, the one with the fewest commands; how many others there are is said. */
function united(all: readonly Found[]): Found[] {
  const byInvariant = new Map<string, Found[]>()
  for (const found of all) byInvariant.set(found.invariant, [...(byInvariant.get(found.invariant) ?? []), found])
  return [...byInvariant.values()].map((same) => {
    const [simplest] = same.toSorted((a, b) => a.scenario.commands.length - b.scenario.commands.length)
    return { ...simplest!, others: same.length - 1 }
  })
}

/**
 * Stretch by stretch, where all shards were cut into the same ones; else there is no curve. What is new to one shard may be
 * known to another: the sum says at most how much there was.
 */
function addedDiscovery(all: readonly Discovery[]): Discovery {
  const [first] = all as readonly [Discovery, ...Discovery[]]
  if (all.length === 1) return first
  const isCapped = all.some((one) => one.isCapped)
  const length = Math.max(...all.map(({ curve }) => curve.length))
  const stretch = Math.max(0, ...all.map(({ curve }) => curve[0]?.scenarios ?? 0))
  const isAlike = ({ curve }: Discovery) =>
    curve.every(({ scenarios }, at) => scenarios === stretch || (at === curve.length - 1 && scenarios < stretch))
  if (!all.every(isAlike)) return { curve: [], isCapped, within: 'shard' }
  const sum = (at: number, of: (point: DiscoveryPoint) => number) =>
    all.reduce((total, { curve }) => total + (curve[at] === undefined ? 0 : of(curve[at])), 0)
  const curve = Array.from({ length }, (_, at) => ({
    scenarios: sum(at, ({ scenarios }) => scenarios),
    newBehaviours: sum(at, ({ newBehaviours }) => newBehaviours),
  }))
  return { curve, isCapped, within: 'shard' }
}

function addedPaired(one: Paired, other: Paired): Paired {
  const sum = (a: Discordance, b: Discordance): Discordance => ({
    scenarios: a.scenarios + b.scenarios,
    onlyFirst: a.onlyFirst + b.onlyFirst,
    onlySecond: a.onlySecond + b.onlySecond,
  })
  return {
    strands: sum(one.strands, other.strands),
    violations: sum(one.violations, other.violations),
    failures: sum(one.failures, other.failures),
  }
}
