/** `strandline sweep`: tries everything of one kind in one scenario: every fault, every delay, or every schedule. */
import { type Command, Option } from 'commander'
import { decodeToken, drawScenario, fromMacrotask, settle, timedCommands } from '../explore/index.ts'
import { plural, type Scenario, type SweepResult, sweepJson, sweepLines } from '../report/index.ts'
import { announcement } from './hunt.ts'
import { interruptSignal } from './interrupt.ts'
import { replayWords } from './loading.ts'
import { SECONDS_MAX, seedOption, subjectOption, wholeNumber } from './options.ts'
import { seedFrom, seedWords } from './seed.ts'
import { groupOf, kinds, playOne, type Sweeping } from './sweeping.ts'
import { familyOf, type Target, targetOf } from './target.ts'
import { notDeterministic } from './telling.ts'
import { commandLine, note, paint, print, printJson } from './terminal.ts'
import { targetFor, tokenIn } from './tokenArgument.ts'
import { exitCodes, UsageError } from './usage.ts'

const INDEX_MAX = 2_000_000_000
const PAIRS_MAX = 10_000_000
const PAIRS_DEFAULT = 500
const RUNS_MAX = 1_000_000_000
const UNTIL_MAX = 1_000_000_000

interface SweepFlags extends Sweeping {
  readonly seed?: string
  readonly index?: number
  readonly family?: string
  readonly defect?: string
  readonly token?: string
  readonly subject?: string
  readonly json?: true
}

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description('try everything of one kind in one scenario: each fault at each point, each delay, or each schedule')
    .argument('[subject]', "what is put under test: a name, or the path of a subject's module")
    .addOption(
      new Option('--kind <kind>', 'what is tried, once each: faults and delays then in pairs, schedules as wholes')
        .choices(kinds)
        .default('faults'),
    )
    .addOption(seedOption())
    .option('--index <n>', 'which scenario of the seed, from 0 (default: 0)', wholeNumber('--index', INDEX_MAX, 0))
    .option('--family <name>', 'a scenario of this family')
    .option('--defect <name>', 'put a known mistake back into the subject; takes the family in which it shows')
    .option('--token <token|file>', 'the scenario of a recorded failure; its faults and delays are not taken over')
    .addOption(subjectOption())
    .addOption(
      new Option('--pairs <n>', 'how many pairs of faults, or of delays, at most; 0 for none')
        .argParser(wholeNumber('--pairs', PAIRS_MAX, 0))
        .default(PAIRS_DEFAULT),
    )
    .addOption(
      new Option(
        '--runs <n>',
        'stop after so many runs (default: 20,000 for schedules, no bound for the others)',
      ).argParser(wholeNumber('--runs', RUNS_MAX)),
    )
    .option(
      '--until <ms>',
      'tell schedules apart up to this virtual time only, in milliseconds',
      wholeNumber('--until', UNTIL_MAX, 0),
    )
    .option('--time <seconds>', 'stop after so many seconds', wholeNumber('--time', SECONDS_MAX))
    .option('--json', 'one object for machines on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 everything that was tried survived, 1 something failed, 2 wrong usage, 3 the subject is not deterministic.',
    )
    .action(async (subject: string | undefined, flags: SweepFlags) => {
      process.exitCode = await sweep(subject, flags)
    })
}

function refuseTimed(scenario: Scenario): void {
  const [timed] = timedCommands(scenario)
  if (timed === undefined) return
  throw new UsageError(
    `${timed} makes a server stand still for a while, and the orders in which that ends are not searched: take another --index or --family`,
  )
}

interface Begun {
  readonly target: Target
  readonly scenario: Scenario
  readonly words: string
}

async function sweep(subject: string | undefined, flags: SweepFlags): Promise<number> {
  const { kind, json } = flags
  if (kind !== 'schedules' && flags.until !== undefined) throw new UsageError('--until is for --kind schedules')
  const { target, scenario, words } = await (flags.token === undefined
    ? fromSeed(subject, flags)
    : fromToken(subject, flags))
  if (kind === 'schedules') refuseTimed(scenario)
  const say = json ? note : print
  say(`sweeping ${kind} in ${words}: ${plural(scenario.commands.length, 'command')}`)
  const signal = interruptSignal()
  const beginMs = performance.now()
  try {
    const { swept, broken } = await playOne(target, scenario, flags, signal)
    const seconds = (performance.now() - beginMs) / 1000
    const groups = await Promise.all(broken.map((one) => groupOf(target, one)))
    const { subject, defect } = target
    const common = { subject, defect, family: scenario.family, commands: scenario.commands.length, groups, seconds }
    const result = { ...common, kind, swept } as SweepResult
    if (json) printJson(sweepJson(result))
    else print(...sweepLines(result, paint, (token) => commandLine('replay', ...replayWords(subject, token))))
    if (groups.length > 0) return exitCodes.found
    return signal.aborted ? exitCodes.interrupted : exitCodes.clean
  } catch (error) {
    return notDeterministic(target, error)
  }
}

async function fromSeed(subject: string | undefined, flags: SweepFlags): Promise<Begun> {
  const target = targetOf(subject, flags.defect)
  const family = familyOf(target, flags.family)
  const seed = seedFrom(flags.seed)
  const index = flags.index ?? 0
  const { scenario } = drawScenario(target.played, { seed: seed.text, family, strategy: undefined }, index)
  const words = announcement(target, scenario.family, [`scenario ${index}`, seedWords(seed)])
  return { target, words, scenario: await fromMacrotask(() => settle(target.played, scenario)) }
}

async function fromToken(subject: string | undefined, flags: SweepFlags): Promise<Begun> {
  const decided = (['seed', 'index', 'family', 'defect'] as const).find((name) => flags[name] !== undefined)
  if (decided !== undefined)
    throw new UsageError(`--${decided} and --token exclude each other: a token is one scenario`)
  const token = decodeToken(tokenIn(flags.token!))
  const target = targetFor(token, flags.subject ?? subject)
  const { scenario, choices } = token
  const words = announcement(target, scenario.family, ['the scenario of the token'])
  return { target, words, scenario: await fromMacrotask(() => settle(target.played, scenario, choices)) }
}
