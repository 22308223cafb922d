/** Verdicts for people and for machines: pure functions from results to text. */
export { firstLine, storyLines, toldLines, verdictLines } from './failure.ts'
export { againstJson, defectsJson, type Replayed, replayJson, resultJson } from './json.ts'
export { type Paint, plain, type Style } from './paint.ts'
export { count } from './rate.ts'
export {
  type Choices,
  type Counts,
  type Found,
  nameOf,
  type Result,
  type Scenario,
  type StrategyCounts,
} from './result.ts'
export { againstLines, foundLine, nothingFound, rateTable, stressLines } from './summary.ts'
export { table, wrap } from './table.ts'
