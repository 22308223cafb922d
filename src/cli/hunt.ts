/** `strandline hunt`: plays scenarios until one fails, makes that one small and tells its story. */
import type { Command } from 'commander'
import { type Draw, strategies as known } from '../explore/index.ts'
import { foundLine, nothingFound, type Result, resultJson, storyLines, verdictLines } from '../report/index.ts'
import { examine, type Finding, NotDeterministic } from './finding.ts'
import { type Played, playPlan } from './fleet.ts'
import { interruptSignal } from './interrupt.ts'
import { campaignOptions, type HuntFlags, scenariosFrom, shardOption, timeOption } from './options.ts'
import { planOf, sizeOf } from './plan.ts'
import { progressBar } from './progress.ts'
import { seedFrom, seedWords } from './seed.ts'
import { familyOf, strategyOf, type Target, targetOf } from './target.ts'
import { commandLine, note, paint, paintNote, print, printJson } from './terminal.ts'
import { newFlags, STOP } from './thread.ts'
import { exitCodes } from './usage.ts'

const SHRINK_MS_MAX = 30_000

export function addHunt(program: Command): void {
  const command = program
    .command('hunt')
    .description(
      'play random scenarios until one ends in a violation or a strand; make that one small and tell its story',
    )
  campaignOptions(command)
    .addOption(timeOption())
    .option('--strategy <name>', `only this schedule strategy: ${Object.keys(known).join(', ')}`)
    .addOption(shardOption())
    .addHelpText(
      'after',
      '\nExit code: 0 nothing found, 1 a failure was found, 2 wrong usage, 3 the subject is not deterministic.',
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
  say(`hunting in ${announcement(target, family, [strategy ?? 'all strategies', ...limits, seedWords(seed)])}`)

  const draw: Draw = { seed: seed.text, family, strategy }
  const plan = planOf(target, draw, scenarios, 'any', flags.shard)
  const signal = interruptSignal()
  const bar = unlimited ? progressBar('hunting', flags.time!) : progressBar('hunting', sizeOf(plan))
  const beginMs = performance.now()
  const played = await playPlan(plan, {
    jobs: flags.jobs,
    signal,
    ...(flags.time === undefined ? {} : { msMax: flags.time * 1000 }),
    onProgress: ({ scenarios }) =>
      bar.update(unlimited ? (performance.now() - beginMs) / 1000 : scenarios, `${scenarios} scenarios`),
  })
  bar.stop()
  const failed = played.tally.firstFailed
  if (failed === undefined) {
    const result = resultOf(target, draw, played, undefined)
    if (flags.json) printJson(resultJson(result))
    else print(...nothingFound(result, paint))
    return signal.aborted ? exitCodes.interrupted : exitCodes.clean
  }
  try {
    const finding = await shrinkAndTell(target, draw, failed, signal)
    const result = resultOf(target, draw, played, finding)
    if (flags.json) printJson(resultJson(result))
    else print(foundLine(result, failed.index, failed.strategy), ...findingLines(target, finding))
    return exitCodes.found
  } catch (error) {
    if (!(error instanceof NotDeterministic)) throw error
    if (flags.json) printJson(resultJson(resultOf(target, draw, played, undefined)))
    note(
      `${paintNote('red', 'not deterministic')}: ${error.message}`,
      `Something in it depends on the real machine. "${commandLine('doctor', target.subject)}" looks for what.`,
    )
    return exitCodes.notDeterministic
  }
}

/** Examines a failure with progress shown; Ctrl-C ends the shrinking and keeps what it came to. */
export async function shrinkAndTell(
  target: Target,
  draw: Draw,
  outcome: Parameters<typeof examine>[2],
  signal: AbortSignal,
  msMax = SHRINK_MS_MAX,
  invariant?: string,
): Promise<Finding> {
  const flags = newFlags()
  const stop = () => Atomics.store(flags, STOP, 1)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  const bar = progressBar('making it small', msMax)
  const beginMs = performance.now()
  try {
    return await examine(target, draw, outcome, {
      msMax,
      flags,
      onTried: (tried) => bar.update(performance.now() - beginMs, `${tried} candidates`),
      ...(invariant === undefined ? {} : { invariant }),
    })
  } finally {
    bar.stop()
    signal.removeEventListener('abort', stop)
  }
}

/** The story, what the failure still needs, its token and how to see it again. */
export function findingLines(target: Target, finding: Finding): string[] {
  const { found, failure, run, commands, choices } = finding
  const [main] = found
  return [
    paint('dim', `made small: ${commands[0]} → ${commands[1]} commands, ${choices[0]} → ${choices[1]} choices`),
    '',
    ...storyLines(run, failure, paint),
    '',
    ...verdictLines(run, failure, target.played.invariants, paint, main),
    '',
    'It happens again with',
    paint('bold', commandLine('replay', main!.token)),
  ]
}

export function resultOf(
  { subject, defect }: Target,
  { seed, family }: Draw,
  { tally, seconds }: Played,
  finding: Pick<Finding, 'found'> | undefined,
): Result {
  return { subject, defect, family, seed, ...tally.counts(), failures: finding?.found ?? [], seconds }
}
