/** `strandline replay`: plays what a token holds, once, and says whether it still fails and where it left the way. */
import type { Command } from 'commander'
import {
  type Constraint,
  ConstraintError,
  type Divergence,
  decodeToken,
  Footsteps,
  parseConstraint,
  type Run,
  recordSource,
  type Step,
  simulate,
  type Token,
} from '../explore/index.ts'
import {
  divergenceLines,
  nameOf,
  type Replayed,
  replayJson,
  stepLines,
  storyLines,
  toldLines,
  verdictLines,
} from '../report/index.ts'
import { scenariosOption, seedOption, subjectOption } from './options.ts'
import { SEARCH_RUNS, type SearchFlags, search } from './search.ts'
import { principal, type Target } from './target.ts'
import { paint, print, printJson } from './terminal.ts'
import { targetFor, tokenIn } from './tokenArgument.ts'
import { exitCodes, UsageError } from './usage.ts'

interface ReplayFlags extends SearchFlags {
  readonly subject?: string
  readonly strict?: true
  readonly trace?: true
  readonly steps?: true
  readonly before?: readonly Constraint[]
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('play one recorded failure again, from its token or from a file that contains one')
    .argument('[token|file]', 'what hunt printed after "replay", or a file such as a log of CI')
    .addOption(subjectOption())
    .option('--strict', 'accept no other way than the recorded one: exit code 3 where a step differs')
    .option('--trace', 'everything that happened, not only what matters')
    .option('--steps', 'the names of all steps, as --before takes them')
    .option(
      '--before <a<b>',
      "look for runs in which step a comes before step b, as in 'c1.cancel<c0.stamp'; may be given again",
      beforeOf,
    )
    .option('--defect <name>', 'with --before and no token: look in scenarios with this defect')
    .option('--family <name>', 'with --before and no token: look in scenarios of this family; "all" is the mix')
    .addOption(seedOption())
    .addOption(scenariosOption(SEARCH_RUNS))
    .option('--json', 'one object for machines on standard output')
    .addHelpText(
      'after',
      '\nExit code: 1 it still fails, 0 it no longer does, 2 wrong usage, 3 with --strict: it took another way.',
    )
    .action(async (argument: string | undefined, flags: ReplayFlags) => {
      process.exitCode = await replayOrSearch(argument, flags)
    })
}

function beforeOf(text: string, earlier: readonly Constraint[] = []): readonly Constraint[] {
  try {
    return [...earlier, parseConstraint(text)]
  } catch (error) {
    throw error instanceof ConstraintError ? new UsageError(error.message) : error
  }
}

async function replayOrSearch(argument: string | undefined, flags: ReplayFlags): Promise<number> {
  const { before, defect, family, seed, strict, trace, steps } = flags
  if (argument === undefined && before === undefined)
    throw new UsageError('give the token that hunt printed, a file that contains one, or orders with --before')
  if (argument !== undefined && (defect !== undefined || family !== undefined || seed !== undefined))
    throw new UsageError('a token holds its defect, family and seed: leave --defect, --family and --seed out')
  if (before === undefined) return replay(argument!, flags)
  if (strict || trace || steps)
    throw new UsageError('--strict, --trace and --steps are about one run, --before looks at many: leave them out')
  return search(argument, before, flags)
}

async function replay(argument: string, { subject, strict, trace, steps, json }: ReplayFlags): Promise<number> {
  const token = decodeToken(tokenIn(argument))
  const target = targetFor(token, subject)
  const taken: Step[] = []
  const footsteps = new Footsteps()
  const run = await replayToken(target, token, (step) => {
    footsteps.onStep(step)
    if (steps) taken.push(step)
  })
  const divergence = footsteps.divergenceFrom(token.expected)
  const { choices } = token
  const occurred = run.choices()
  const missing = run.matched < choices.size ? [...choices.keys()].filter((key) => !occurred.has(key)) : []
  const replayed = { ...token, run, choices: choices.size, missing, divergence }
  if (json) printJson(replayJson(replayed, trace === true))
  else {
    print(...replayLines(target, replayed, trace === true))
    if (steps) print('', ...stepLines(taken, paint))
  }
  if (strict && divergence !== undefined) return exitCodes.notDeterministic
  return run.failures.length > 0 ? exitCodes.found : exitCodes.clean
}

export function replayToken(
  { played }: Target,
  { scenario, choices }: Token,
  onStep: (step: Step) => void = () => undefined,
): Promise<Run> {
  return simulate(played, scenario, { choices: recordSource(choices), telling: true, onStep })
}

function replayLines(target: Target, replayed: Replayed, trace: boolean): string[] {
  const { run, divergence, expected } = replayed
  const sought = run.failures.find(({ invariant }) => invariant === expected.invariant)
  const failure = sought ?? principal(run.failures, target.about)
  const told = trace || failure === undefined ? toldOf(run, trace) : ['', ...storyLines(run, failure, paint)]
  const why = failure === undefined ? [] : ['', ...verdictLines(run, failure, target.played.invariants, paint)]
  const verdict = verdictOf(nameOf(target), run, expected.invariant, divergence)
  return [verdict, ...divergenceLines(replayed, paint), ...told, ...why]
}

function verdictOf(name: string, { failures }: Run, sought: string, divergence: Divergence | undefined): string {
  const broken = failures.map(({ invariant }) => invariant)
  if (broken.length === 0)
    return `${paint('green', 'no longer fails')}: ${name} came to rest with nothing broken and nothing left undone`
  const words = `${name} breaks ${broken.join(', ')}`
  if (!broken.includes(sought)) return `${paint('red', 'fails otherwise')}: ${words}, not ${sought}`
  return `${paint('red', 'still fails')}: ${words}${divergence === undefined ? ', step by step as recorded' : ''}`
}

function toldOf({ told }: Run, trace: boolean): string[] {
  return trace ? ['', ...toldLines(told, paint)] : []
}
