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
import { announcement, resultOf, shrinkAndTell } from './hunt.ts'
import { interruptSignal } from './interrupt.ts'
import { campaignOptions, type StressFlags, scenariosFrom } from './options.ts'
import { planOf, sizeOf } from './plan.ts'
import { progressBar } from './progress.ts'
import { seedFrom, seedWords } from './seed.ts'
import { familyOf, type Target, targetOf } from './target.ts'
import { commandLine, note, paint, print, printJson } from './terminal.ts'
import { exitCodes } from './usage.ts'

/** A stress run is about numbers: each broken invariant gets a token that is small enough, not as small as can be. */
const SHRINK_MS_MAX = 2_000
const TOKENS_MAX = 8

export function addStress(program: Command): void {
  const command = program
    .command('stress')
    .description('count strands and violations per thousand scenarios, with exact 95 % intervals; never stops early')
  campaignOptions(command)
    .option('--against <defect>', 'play the same seeds with this defect too, and show both side by side')
    .action(async (subject: string | undefined, flags: StressFlags) => {
      process.exitCode = await stress(subject, flags)
    })
}

async function stress(subject: string | undefined, flags: StressFlags): Promise<number> {
  const target = targetOf(subject, flags.defect)
  const other = flags.against === undefined ? undefined : targetOf(subject, flags.against)
  // Both play the same scenarios: those in which the defect can show.
  const family = familyOf(target.about === undefined && other !== undefined ? other : target, flags.family)
  const scenarios = scenariosFrom(flags.scenarios)
  const seed = seedFrom(flags.seed)
  const say = flags.json ? note : print
  const against = other === undefined ? [] : [`against ${nameOf(other)}`]
  say(`stressing ${announcement(target, family, [...against, `${count(scenarios)} scenarios`, seedWords(seed)])}`, '')

  const draw: Draw = { seed: seed.text, family, strategy: undefined }
  const signal = interruptSignal()
  const one = await measure(target, draw, scenarios, flags.jobs, signal)
  if (other === undefined) {
    if (flags.json) printJson(resultJson(one))
    else print(...stressLines(one, paint), ...tokenLines(one))
    return verdict(one, signal)
  }
  const two = await measure(other, draw, one.scenarios, flags.jobs, signal)
  if (flags.json) printJson(againstJson(one, two))
  else {
    for (const result of [one, two]) print(...stressLines(result, paint), ...tokenLines(result), '')
    print(...againstLines(one, two, paint))
  }
  return verdict(two, signal)
}

function verdict({ scenarios }: Result, { aborted }: AbortSignal): number {
  return aborted && scenarios === 0 ? exitCodes.interrupted : exitCodes.clean
}

async function measure(
  target: Target,
  draw: Draw,
  scenarios: number,
  jobs: number,
  signal: AbortSignal,
): Promise<Result> {
  const plan = planOf(target, draw, scenarios, 'never')
  const bar = progressBar(nameOf(target), sizeOf(plan))
  const words = (tally: Played['tally']) =>
    `${tally.scenarios} scenarios, ${tally.strands} strands, ${tally.violations} violations`
  const played = await playPlan(plan, {
    jobs,
    signal,
    onProgress: (tally) => bar.update(tally.scenarios, words(tally)),
  })
  bar.stop()
  const { found } = await examples(target, draw, played, signal)
  return resultOf(target, draw, played, { found })
}

/** For each broken invariant the first scenario that broke it, unless another's small scenario breaks it as well. */
async function examples(target: Target, draw: Draw, { tally }: Played, signal: AbortSignal) {
  const found = new Map<string, Found>()
  for (const [invariant, outcome] of [...tally.firstToBreak].slice(0, TOKENS_MAX)) {
    if (found.has(invariant)) continue
    try {
      const finding = await shrinkAndTell(target, draw, outcome, signal, SHRINK_MS_MAX, invariant)
      for (const one of finding.found) if (!found.has(one.invariant)) found.set(one.invariant, one)
    } catch (error) {
      if (!(error instanceof NotDeterministic)) throw error
      note(`not deterministic, so these numbers say nothing: ${error.message}`)
    }
  }
  return { found: [...found.values()] }
}

/** One token often breaks several invariants. */
function tokenLines({ failures }: Result): string[] {
  const tokens = new Map<string, string[]>()
  for (const { invariant, reason, token } of failures) {
    const lines = tokens.get(token) ?? []
    tokens.set(token, [...lines, `  ${paint('bold', invariant)}: ${firstLine(reason)}`])
  }
  return [...tokens].flatMap(([token, lines]) => ['', ...lines, `  ${commandLine('replay', token)}`])
}
