/** The command line of `npm run conformance`. */
import { Command, Option } from 'commander'
import { seedOption, timeOption, wholeNumber } from '../src/cli/options.ts'
import { named } from '../src/cli/usage.ts'
import { count } from '../src/report/index.ts'
import { families } from './families.ts'
import type { Family } from './family.ts'

const OPERATIONS_MAX = 1_000_000_000

export interface Options {
  /** At least one. */
  readonly families: readonly Family<unknown>[]
  readonly seed?: string
  /** Of each family, like the time; where neither is said, the family's own. */
  readonly operations?: number
  readonly time?: number
  readonly mutants?: true
  readonly json?: true
}

/** Throws CommanderError and UsageError. */
export function parse(words: readonly string[]): Options {
  const defaults = families.map(({ name, operations }) => `${name} ${count(operations)}`).join(', ')
  const program = new Command('conformance')
    .description('Holds the simulated machine to the real one: random sequences on both, and what differs is shrunk.')
    .option('--family <name>', `only this part of the machine: ${families.map(({ name }) => name).join(', ')}`)
    .addOption(
      new Option('--operations <n>', `how many of each family to compare, at least (default: ${defaults})`).argParser(
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
  const { family, ...options } = program.parse(words, { from: 'user' }).opts<Options & { family?: string }>()
  return { ...options, families: family === undefined ? families : [familyNamed(family)] }
}

function familyNamed(name: string): Family<unknown> {
  return named('family', name, Object.fromEntries(families.map((family) => [family.name, family])))
}
