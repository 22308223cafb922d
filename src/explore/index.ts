/** Exploring the runs of a subject. */

export type { Step } from '../sim/index.ts'
export { begun, newStrategy } from './begin.ts'
export { type Campaign, type CampaignOptions, play, runCampaign } from './campaign.ts'
export { type Constraint, ConstraintError, Holds, parseConstraint } from './constraint.ts'
export { type Draw, type Drawn, drawScenario } from './draw.ts'
export { type Divergence, type Expectation, Footsteps } from './expectation.ts'
export { type Explanation, explain } from './explain.ts'
export {
  type Hindsight,
  hindsightOf,
  type Inevitability,
  inevitability,
  type Nearest,
  type Place,
  type Point,
  type Prefix,
} from './inevitability.ts'
export { type OrderSearch, searchOrders, triesOf, triesOfToken } from './orderSearch.ts'
export { type Discordance, moreScenarios, pairedPValue, SIGNIFICANCE } from './pairs.ts'
export { type Failure, hasBroken, hasStrand, hasViolation, type Run, type Told } from './run.ts'
export { generator, seedOf } from './seeds.ts'
export { type Shrunk, shrink } from './shrink.ts'
export { fromMacrotask, type How, inSlices, simulate, simulateNow } from './simulate.ts'
export { expectedSituations } from './situations.ts'
export { exactInterval, type Interval, median } from './statistics.ts'
export { portfolio, strategies } from './strategies/index.ts'
export {
  type Check,
  type Defect,
  type Driver,
  defineSubject,
  type Family,
  type Finding,
  type Invariant,
  type Situation,
  type Stage,
  type Subject,
  type Unfinished,
  type View,
} from './subject.ts'
export { completeSearch, type Searched, timedCommands } from './sweeps/completeSearch.ts'
export { delaySweep } from './sweeps/delaySweep.ts'
export type { BrokenAt, Deviations } from './sweeps/deviations.ts'
export { faultSweep } from './sweeps/faultSweep.ts'
export { settle } from './sweeps/settle.ts'
export { type Broken, playSweep, Unrepeatable } from './sweeps/sweep.ts'
export { decodeToken, encodeToken, overridesOf, recordSource, type Token, TokenError } from './token.ts'
export { tokenOf } from './tokenOf.ts'
export { type DiffLine, distanceOf, traceDiff } from './traceDiff.ts'
