/** `strandline submit`: puts a command into the queue, whether an orchestrator is up or not. */
import { type Command, Option } from 'commander'
import type { Durability } from '../../library/index.ts'
import { print, printJson } from '../terminal.ts'
import { wholeNumber } from '../wholeNumber.ts'
import { type DatabaseFlags, databaseFile, databaseOptions, durabilityOption, sayIfNew, withQueue } from './database.ts'
import { durationMs } from './duration.ts'
import { type WorkFlags, workOf } from './submission.ts'

const PRIORITY_MAX = 1_000_000_000
const ATTEMPTS_MAX = 1_000_000

interface SubmitFlags extends DatabaseFlags, WorkFlags {
  readonly priority?: number
  readonly delay?: number
  readonly attempts?: number
  readonly repo?: string
  readonly agent?: string
  readonly durability: Durability
}

export function addSubmit(program: Command): void {
  const command = program
    .command('submit')
    .description('put a command into the queue and print its id; works whether an orchestrator is up or not')
    .argument('[command...]', 'the program and its arguments, best after --; with --image instead of its own command')
    // What follows the program's name is the program's.
    .passThroughOptions()
    .option('--image <name>', 'run it in a container of this image, which the engine must have')
    .addOption(
      new Option('--priority <n>', 'lower goes first (default: 0)').argParser(
        wholeNumber('--priority', PRIORITY_MAX, -PRIORITY_MAX),
      ),
    )
    .addOption(
      new Option('--delay <time>', 'do not start it before: 500ms, 10s, 5m, 2h; a bare number means seconds').argParser(
        durationMs('--delay'),
      ),
    )
    .addOption(
      new Option('--attempts <n>', 'how often it is tried if it fails (default: 2)').argParser(
        wholeNumber('--attempts', ATTEMPTS_MAX),
      ),
    )
    .option('--repo <name>', 'what it belongs to: with "up --serial-repos" one job of each runs at a time')
    .option('--agent <name>', 'for whom it is done; is kept with the job')
    .option('--cwd <directory>', 'its working directory (default: this one; with --image, inside: what the image says)')
    .addOption(
      new Option('--env <name[=value]>', 'a variable of its environment, may be repeated; without a value, as here')
        .argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
        .default(undefined),
    )
    .option('--shell', 'give it to /bin/sh -c, as one text')
    .addOption(durabilityOption())
  databaseOptions(command)
    .addHelpText(
      'after',
      `
Options stand before the command. Without --shell no shell reads it.
The environment of a process is PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ and TMPDIR as they are here, and what --env adds; that of a container is what its image says, and what --env adds.
Exit code: 0 it is in the queue, 2 wrong usage.`,
    )
    .action(submit)
}

async function submit(words: readonly string[], flags: SubmitFlags): Promise<void> {
  const spec = {
    ...workOf(words, flags),
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.attempts === undefined ? {} : { maxAttempts: flags.attempts }),
    ...(flags.delay === undefined ? {} : { delayMs: flags.delay }),
    ...(flags.repo === undefined ? {} : { repo: flags.repo }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
  }
  const said = sayIfNew(databaseFile(flags))
  const id = await withQueue(flags, { make: true, durability: flags.durability }, (queue) => queue.submit(spec))
  said()
  if (flags.json) printJson({ id })
  else print(String(id))
}
