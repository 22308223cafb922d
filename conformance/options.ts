/** The command line of `npm run conformance`. */
import { Command, Option } from 'commander'
import { seedOption, timeOption, wholeNumber } from '../src/cli/options.ts'

const OPERATIONS_DEFAULT = 30_000
const OPERATIONS_MAX = 1_000_000_000

export interface Options {
  readonly seed?: string
  readonly operations?: number
  readonly time?: number
  readonly mutants?: true
  readonly json?: true
}

/** Without a limit, so many operations. Throws CommanderError and UsageError. */
export function parse(words: readonly string[]): Options {
  const program = new Command('conformance')
    .description(
      'Holds the simulated machine to the real kernel: random sequences on both, and what differs is shrunk.',
    )
    .addOption(
      new Option('--operations <n>', `how many to compare, at least (default: ${OPERATIONS_DEFAULT})`).argParser(
        wholeNumber('--operations', OPERATIONS_MAX),
      ),
    )
    .addOption(timeOption())
    .addOption(seedOption())
    .option('--mutants', 'plant mistakes in the simulator instead: each must be found')
    .option('--json', 'one object for machines on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 agreement or nothing to compare with (skipped), 1 a divergence, 2 wrong usage.',
    )
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  const options = program.parse(words, { from: 'user' }).opts<Options>()
  const isLimited = options.time !== undefined || options.operations !== undefined
  return isLimited ? options : { ...options, operations: OPERATIONS_DEFAULT }
}
