/** From what was played to what is reported. */
import { type Discordance, type Draw, expectedSituations } from '../explore/index.ts'
import { type Paired, type Result, unmetSentence } from '../report/index.ts'
import type { Finding } from './finding.ts'
import type { Played } from './fleet.ts'
import { shardOf } from './plan.ts'
import type { Tally } from './tally.ts'
import type { Target } from './target.ts'
import { note } from './terminal.ts'
import { exitCodes } from './usage.ts'

export function resultOf(
  { subject, defect, played: variant }: Target,
  { seed, family, strategy }: Draw,
  { plan, tally, seconds }: Played,
  finding: Pick<Finding, 'found'> | undefined,
): Result {
  const counts = tally.counts()
  const reached = new Set(counts.sometimes.map(({ name }) => name))
  return {
    command: plan.until === 'never' ? 'stress' : 'hunt',
    subject,
    defect,
    family,
    strategy,
    seed,
    asked: plan.scenarios === Number.MAX_SAFE_INTEGER ? undefined : plan.scenarios,
    shard: shardOf(plan),
    ...counts,
    neverReached: expectedSituations(variant, family).filter((name) => !reached.has(name)),
    failures: finding?.found ?? [],
    seconds,
  }
}

/** The exit code of a campaign that is otherwise well: `--require-sometimes` makes what was never reached a failure. */
export function codeFor(result: Pick<Result, 'neverReached'>, requireSometimes: boolean): number {
  const sentence = requireSometimes ? unmetSentence(result) : undefined
  if (sentence === undefined) return exitCodes.clean
  note(sentence)
  return exitCodes.found
}

type Marked = Pick<Tally, 'marks'>
type Fails = (marked: Marked, at: number) => boolean

const strands: Fails = ({ marks }, at) => marks.strands.has(at)
const violations: Fails = ({ marks }, at) => marks.violations.has(at)
const failures: Fails = (marked, at) => strands(marked, at) || violations(marked, at)

/** The scenarios that both have played, compared one by one. */
export function pairedOf(one: Marked, other: Marked): Paired {
  const compare = (fails: Fails) => discordance(one, other, fails)
  return { strands: compare(strands), violations: compare(violations), failures: compare(failures) }
}

function discordance(one: Marked, other: Marked, fails: Fails): Discordance {
  const counts = { scenarios: 0, onlyFirst: 0, onlySecond: 0 }
  for (let at = 0; at < one.marks.played.end; at++) {
    if (!one.marks.played.has(at) || !other.marks.played.has(at)) continue
    counts.scenarios++
    const [first, second] = [fails(one, at), fails(other, at)]
    if (first && !second) counts.onlyFirst++
    if (second && !first) counts.onlySecond++
  }
  return counts
}
