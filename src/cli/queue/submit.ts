/** `strandline submit`: puts a command into the queue, whether an orchestrator is up or not. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Durability } from '../../library/index.ts'
import { print, printJson } from '../terminal.ts'
import { UsageError } from '../usage.ts'
import { wholeNumber } from '../wholeNumber.ts'
import { type DatabaseFlags, databaseFile, databaseOptions, durabilityOption, sayIfNew, withQueue } from './database.ts'
import { durationMs } from './duration.ts'

/** What of the submitter's environment a job gets; the rest it is given with --env. */
const KEPT = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z_]+|TZ|TMPDIR)$/
const PRIORITY_MAX = 1_000_000_000
const ATTEMPTS_MAX = 1_000_000

interface SubmitFlags extends DatabaseFlags {
  readonly priority?: number
  readonly delay?: number
  readonly attempts?: number
  readonly repo?: string
  readonly agent?: string
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly shell?: true
  readonly durability: Durability
}

export function addSubmit(program: Command): void {
  const command = program
    .command('submit')
    .description('put a command into the queue and print its id; works whether an orchestrator is up or not')
    .argument('<command...>', 'the program and its arguments, best after --')
    // What follows the program's name is the program's.
    .passThroughOptions()
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
    .option('--cwd <directory>', 'its working directory (default: this one)')
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
      '\nOptions stand before the command. Without --shell no shell reads it.\nThe environment of a job is PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ and TMPDIR as they are here, and what --env adds.\nExit code: 0 it is in the queue, 2 wrong usage.',
    )
    .action(submit)
}

async function submit(words: readonly string[], flags: SubmitFlags): Promise<void> {
  const spec = {
    argv: argvOf(words, flags.shell === true),
    environment: environmentOf(process.env, flags.env ?? []),
    directory: directoryOf(flags.cwd),
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

function argvOf(words: readonly string[], shell: boolean): [string, ...string[]] {
  if (!shell) return words as [string, ...string[]]
  const [text, ...more] = words
  if (more.length > 0)
    throw new UsageError(
      "--shell takes one text: put quotes around the whole command, as in --shell -- 'date; sleep 1'",
    )
  return ['/bin/sh', '-c', text!]
}

function environmentOf(own: NodeJS.ProcessEnv, asked: readonly string[]): Record<string, string> {
  const kept = Object.entries(own).filter(([name, value]) => KEPT.test(name) && value !== undefined)
  const added = asked.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
    if (at === 0) throw new UsageError(`--env takes NAME or NAME=VALUE, not "${text}"`)
    const value = own[text]
    if (value === undefined) throw new UsageError(`--env ${text}: it is not set here, so give a value: ${text}=VALUE`)
    return [text, value]
  })
  return Object.fromEntries([...kept, ...added]) as Record<string, string>
}

function directoryOf(flag: string | undefined): string {
  if (flag === undefined) return process.cwd()
  const directory = resolve(flag)
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return directory
  throw new UsageError(`--cwd must be a directory that exists, not "${flag}"`)
}
