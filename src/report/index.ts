/** Verdicts for people and for machines: pure functions from results to text. */
export { unmetSentence } from './coverage.ts'
export { diffLines } from './diff.ts'
export { divergenceLines, stepLines } from './divergence.ts'
export { firstLine, storyLines, toldLines, verdictLines } from './failure.ts'
export { inevitabilityJson, inevitableLines, markOf, nearestLines } from './inevitable.ts'
export { againstJson, defectsJson, type Replayed, replayJson, resultJson, searchJson } from './json.ts'
export { type MergedResult, mergeShards } from './merge.ts'
export { type Paint, plain, type Style } from './paint.ts'
export { againstLines } from './paired.ts'
export { count, exactShare, plural } from './rate.ts'
export {
  type Choices,
  type Counts,
  type Discovery,
  type DiscoveryPoint,
  type Found,
  type NamedCounts,
  nameOf,
  type Paired,
  type Result,
  type Scenario,
  type Shard,
} from './result.ts'
export { MergeError, type ShardFile, shardFile } from './shards.ts'
export { foundLine, nothingFound, rateTable, stressLines } from './summary.ts'
export { departures, type SweepGroup, type SweepResult, sweepJson, sweepLines } from './sweep.ts'
export { table, wrap } from './table.ts'
