/** Options that several commands share, checked as they are read. */
import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import { count, type Shard } from '../report/index.ts'
import { UsageError } from './usage.ts'
import { wholeNumber } from './wholeNumber.ts'

export { wholeNumber }

const SCENARIOS_DEFAULT = 2_000
/** Indices of scenarios are shared between threads as 32-bit integers. */
const SCENARIOS_MAX = 2_000_000_000
/** Timers of Node.js take no more than 2^31 ms: longer ones would be over at once. */
export const SECONDS_MAX = 2_000_000
const JOBS_MAX = 64
const SHARDS_MAX = 10_000

function jobsOf(text: string): number {
  return text === 'all' ? Math.min(JOBS_MAX, availableParallelism()) : wholeNumber('--jobs', JOBS_MAX)(text)
}

const scenariosOf = wholeNumber('--scenarios', SCENARIOS_MAX)

/** From the option, else from STRANDLINE_SCENARIOS, else the default. */
export function scenariosFrom(flag: number | undefined, fallback = SCENARIOS_DEFAULT): number {
  const text = process.env.STRANDLINE_SCENARIOS?.trim() ?? ''
  if (flag !== undefined) return flag
  return text === '' ? fallback : wholeNumber('STRANDLINE_SCENARIOS', SCENARIOS_MAX)(text)
}

function shardOf(text: string): Shard {
  const [, nth, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const shard = { nth: Number(nth), of: Number(of) }
  if (shard.nth >= 1 && shard.nth <= shard.of && shard.of <= SHARDS_MAX) return shard
  throw new UsageError(
    `--shard must be i/n with i from 1 to n and n up to ${count(SHARDS_MAX)}, such as 2/4, not "${text}"`,
  )
}

export interface CampaignFlags {
  readonly seed?: string
  readonly scenarios?: number
  readonly family?: string
  readonly defect?: string
  readonly shard?: Shard
  readonly jobs: number
  readonly requireSometimes?: true
  readonly json?: true
}

export interface HuntFlags extends CampaignFlags {
  readonly time?: number
  readonly strategy?: string
}

export interface StressFlags extends CampaignFlags {
  readonly against?: string
}

export const seedOption = () =>
  new Option(
    '--seed <text>',
    'a number, a commit hash, any text: equal seeds play equal scenarios (env: STRANDLINE_SEED)',
  )

export const scenariosOption = (fallback = SCENARIOS_DEFAULT) =>
  new Option('--scenarios <n>', `how many to play (default: ${count(fallback)}; env: STRANDLINE_SCENARIOS)`).argParser(
    scenariosOf,
  )

export const subjectOption = () =>
  new Option('--subject <path>', "the module of the token's subject, where that is not built in")

/** What hunt and stress have in common. */
export function campaignOptions(command: Command): Command {
  return command
    .argument('[subject]', "what is put under test: a name, or the path of a subject's module")
    .addOption(seedOption())
    .addOption(scenariosOption())
    .option('--family <name>', 'only scenarios of this family; "all" is the mix')
    .option('--defect <name>', 'put a known mistake back into the subject; plays the family in which it shows')
    .addOption(shardOption())
    .addOption(
      new Option('--jobs <n>', 'worker threads, or "all" for every core; what is found does not depend on them')
        .argParser(jobsOf)
        .default(1),
    )
    .addOption(requireSometimesOption())
    .option('--json', 'one object for machines on standard output')
}

export const timeOption = () =>
  new Option('--time <seconds>', 'stop after so many seconds; without --scenarios nothing else stops it').argParser(
    wholeNumber('--time', SECONDS_MAX),
  )

const shardOption = () =>
  new Option(
    '--shard <i/n>',
    'play only every nth scenario, beginning with the ith: n machines share a campaign, and "merge" adds them up',
  ).argParser(shardOf)

export const requireSometimesOption = () =>
  new Option('--require-sometimes', 'exit with 1 if a situation that is expected was never reached')
