/** `strandline stress`: plays all scenarios, whatever fails, and says how often it does. */
import type { Command } from 'commander'
import type { Draw } from '../explore/index.ts'
import {
  againstJson,
  againstLines,
  count,
  type Found,
  firstLine,
  nameOf,
  type Result,
  resultJson,
  stressLines,
} from '../report/index.ts'
import { NotDeterministic } from './finding.ts'
import { type Played, playPlan } from './fleet.ts'
import { announcement } from './hunt.ts'
import { interruptSignal } from './interrupt.ts'
import { replayWords } from './loading.ts'
import { campaignOptions, type StressFlags, scenariosFrom } from './options.ts'
import { type Plan, planOf, sizeOf } from './plan.ts'
import { campaignWords, progressBar } from './progress.ts'
import { codeFor, pairedOf, resultOf } from './result.ts'
import { seedFrom, seedWords } from './seed.ts'
import { familyOf, type Target, targetOf } from './target.ts'
import { shrinkAndTell } from './telling.ts'
import { commandLine, note, paint, print, printJson } from './terminal.ts'
import { exitCodes, UsageError } from './usage.ts'

/** A stress run is about numbers: each broken invariant gets a token that is small enough, not as small as can be. */
const SHRINK_MS_MAX = 2_000
const TOKENS_MAX = 8
/** What `--against` calls the subject without a defect. */
const AS_IS = 'as-is'

export function addStress(program: Command): void {
  const command = program
    .command('stress')
    .description('count strands and violations per thousand scenarios, with exact 95 % intervals; never stops early')
  campaignOptions(command)
    .option(
      '--against <defect>',
      `play the same seeds with this defect too ("${AS_IS}": without any), show both side by side, and test the difference`,
    )
    .addHelpText(
      'after',
      '\nExit code: 0, or 1 with --require-sometimes where a situation was never reached; 2 wrong usage.',
    )
    .action(async (subject: string | undefined, flags: StressFlags) => {
      process.exitCode = await stress(subject, flags)
    })
}

async function stress(subject: string | undefined, flags: StressFlags): Promise<number> {
  const target = targetOf(subject, flags.defect)
  const other = otherOf(target, flags.against)
  // Both play the same scenarios: those in which the defect can show.
  const family = familyOf(target.about === undefined && other !== undefined ? other : target, flags.family)
  const scenarios = scenariosFrom(flags.scenarios)
  const seed = seedFrom(flags.seed)
  const signal = interruptSignal()
  const words = [
    ...(other === undefined ? [] : [`against ${nameOf(other)}`]),
    `${count(scenarios)} scenarios`,
    ...(flags.shard === undefined ? [] : [`shard ${flags.shard.nth}/${flags.shard.of}`]),
    seedWords(seed),
  ]
  const say = flags.json ? note : print
  say(`stressing ${announcement(target, family, words)}`, '')

  const draw: Draw = { seed: seed.text, family, strategy: undefined }
  const plan = planOf(target, draw, scenarios, 'never', flags.shard)
  const one = await measure(target, plan, flags.jobs, signal)
  if (other === undefined) {
    if (flags.json) printJson(resultJson(one.result))
    else print(...stressLines(one.result, paint), ...tokenLines(one.result))
    return verdict(flags, signal, one.result)
  }
  const two = await measure(other, { ...plan, defect: other.defect }, flags.jobs, signal)
  const paired = pairedOf(one.tally, two.tally)
  if (flags.json) printJson(againstJson(one.result, two.result, paired))
  else {
    for (const { result } of [one, two]) print(...stressLines(result, paint), ...tokenLines(result), '')
    print(...againstLines(one.result, two.result, paired, paint))
  }
  return verdict(flags, signal, one.result, two.result)
}

function otherOf({ subject, defect }: Target, against: string | undefined): Target | undefined {
  if (against === undefined) return undefined
  const other = targetOf(subject, against === AS_IS ? undefined : against)
  if (other.defect !== defect) return other
  throw new UsageError(`--against ${against} is what is played anyway: name another variant to compare it with`)
}

/** Whoever stops it before it found anything has no result; what must be reached is asked of the first variant. */
function verdict({ requireSometimes }: StressFlags, { aborted }: AbortSignal, ...results: Result[]): number {
  const failed = results.some(({ strands, violations }) => strands + violations > 0)
  if (aborted) return failed ? exitCodes.clean : exitCodes.interrupted
  return codeFor(results[0]!, requireSometimes === true)
}

async function measure(target: Target, plan: Plan, jobs: number, signal: AbortSignal) {
  const bar = progressBar(nameOf(target), sizeOf(plan))
  const beginMs = performance.now()
  const played = await playPlan(plan, {
    jobs,
    signal,
    onProgress: (tally) =>
      bar.update(tally.scenarios, () => campaignWords(tally, (performance.now() - beginMs) / 1000)),
  })
  bar.stop()
  const found = await examples(target, played, signal)
  return { tally: played.tally, result: resultOf(target, plan.draw, played, { found }) }
}

/** For each broken invariant the first scenario that broke it, unless another's small scenario breaks it as well. */
async function examples(target: Target, { plan, tally }: Played, signal: AbortSignal): Promise<Found[]> {
  const found = new Map<string, Found>()
  for (const [invariant, outcome] of [...tally.firstToBreak].slice(0, TOKENS_MAX)) {
    if (found.has(invariant)) continue
    try {
      const finding = await shrinkAndTell(target, plan.draw, outcome, signal, {
        msMax: SHRINK_MS_MAX,
        hindsightMs: 0,
        invariant,
      })
      for (const one of finding.found) if (!found.has(one.invariant)) found.set(one.invariant, one)
    } catch (error) {
      if (!(error instanceof NotDeterministic)) throw error
      note(`not deterministic, so these numbers say nothing: ${error.message}`)
    }
  }
  return [...found.values()]
}

/** One token often breaks several invariants. */
export function tokenLines({ subject, failures }: Pick<Result, 'subject' | 'failures'>): string[] {
  const tokens = new Map<string, string[]>()
  for (const { invariant, reason, token, others = 0 } of failures) {
    const lines = tokens.get(token) ?? []
    const more = others === 0 ? '' : ` (and in ${count(others)} other ${others === 1 ? 'shard' : 'shards'})`
    tokens.set(token, [...lines, `  ${paint('bold', invariant)}: ${firstLine(reason)}${more}`])
  }
  return [...tokens].flatMap(([token, lines]) => [
    '',
    ...lines,
    `  ${commandLine('replay', ...replayWords(subject, token))}`,
  ])
}
