/** `strandline hunt`: plays scenarios until one fails, makes that one small and tells its story. */
import type { Command } from 'commander'
import { type Draw, strategies as known } from '../explore/index.ts'
import { foundLine, nothingFound, resultJson } from '../report/index.ts'
import { playPlan } from './fleet.ts'
import { interruptSignal } from './interrupt.ts'
import { campaignOptions, type HuntFlags, scenariosFrom, timeOption } from './options.ts'
import { planOf, sizeOf } from './plan.ts'
import { campaignWords, progressBar } from './progress.ts'
import { codeFor, resultOf } from './result.ts'
import { seedFrom, seedWords } from './seed.ts'
import { familyOf, strategyOf, type Target, targetOf } from './target.ts'
import { findingLines, notDeterministic, shrinkAndTell } from './telling.ts'
import { note, paint, print, printJson } from './terminal.ts'
import { exitCodes } from './usage.ts'

export function addHunt(program: Command): void {
  const command = program
    .command('hunt')
    .description(
      'play random scenarios until one ends in a violation or a strand; make that one small and tell its story',
    )
  campaignOptions(command)
    .addOption(timeOption())
    .option('--strategy <name>', `only this schedule strategy: ${Object.keys(known).join(', ')}`)
    .addHelpText(
      'after',
      '\nExit code: 0 nothing found, 1 a failure was found, or with --require-sometimes a situation was never reached, 2 wrong usage, 3 the subject is not deterministic.',
    )
    .action(async (subject: string | undefined, flags: HuntFlags) => {
      process.exitCode = await hunt(subject, flags)
    })
}

/** What was asked for, in words: it is said before anything runs. */
export function announcement(target: Target, family: string | undefined, more: readonly string[]): string {
  const what = target.defect === undefined ? target.subject : `${target.subject} with ${target.defect}`
  return [what, family === undefined ? 'all families' : `family ${family}`, ...more].join(', ')
}

async function hunt(subject: string | undefined, flags: HuntFlags): Promise<number> {
  const target = targetOf(subject, flags.defect)
  const family = familyOf(target, flags.family)
  const strategy = strategyOf(flags.strategy)
  const unlimited = flags.time !== undefined && flags.scenarios === undefined
  const scenarios = unlimited ? Number.MAX_SAFE_INTEGER : scenariosFrom(flags.scenarios)
  const seed = seedFrom(flags.seed)
  const say = flags.json ? note : print
  const limits = [
    ...(unlimited ? [] : [`${scenarios.toLocaleString('en-US')} scenarios`]),
    ...(flags.time === undefined ? [] : [`${flags.time} s`]),
    ...(flags.shard === undefined ? [] : [`shard ${flags.shard.nth}/${flags.shard.of}`]),
  ]
  const signal = interruptSignal()
  say(`hunting in ${announcement(target, family, [strategy ?? 'all strategies', ...limits, seedWords(seed)])}`)

  const draw: Draw = { seed: seed.text, family, strategy }
  const plan = planOf(target, draw, scenarios, 'any', flags.shard)
  const bar = unlimited ? progressBar('hunting', flags.time!) : progressBar('hunting', sizeOf(plan))
  const beginMs = performance.now()
  const played = await playPlan(plan, {
    jobs: flags.jobs,
    signal,
    ...(flags.time === undefined ? {} : { msMax: flags.time * 1000 }),
    onProgress: (tally) => {
      const seconds = (performance.now() - beginMs) / 1000
      bar.update(unlimited ? seconds : tally.scenarios, () => campaignWords(tally, seconds))
    },
  })
  bar.stop()
  const failed = played.tally.firstFailed
  if (failed === undefined) {
    const result = resultOf(target, draw, played, undefined)
    if (flags.json) printJson(resultJson(result))
    else print(...nothingFound(result, paint))
    return signal.aborted ? exitCodes.interrupted : codeFor(result, flags.requireSometimes === true)
  }
  try {
    const finding = await shrinkAndTell(target, draw, failed, signal)
    const result = resultOf(target, draw, played, finding)
    if (flags.json) printJson(resultJson(result))
    else print(foundLine(result, failed.index, failed.strategy), ...findingLines(target, finding))
    return exitCodes.found
  } catch (error) {
    const code = notDeterministic(target, error)
    if (flags.json) printJson(resultJson(resultOf(target, draw, played, undefined)))
    return code
  }
}
