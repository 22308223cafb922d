#!/usr/bin/env node
/** The command line. One file per command; here they are put together, and mistakes are turned into sentences. */
import './armed.ts'
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { TokenError } from '../explore/index.ts'
import { addBisect } from './bisect.ts'
import { addCorpus } from './corpus.ts'
import { addDefects } from './defects.ts'
import { addDoctor } from './doctor.ts'
import { addHunt } from './hunt.ts'
import { loadedPaths, loadGiven, ownMistake } from './loading.ts'
import { addMerge } from './merge.ts'
import { addReplay } from './replay.ts'
import { seedInUse } from './seed.ts'
import { addStress } from './stress.ts'
import { refuseSwallowedOptions } from './swallowed.ts'
import { addSweep } from './sweep.ts'
import { forgiveClosedPipes, note } from './terminal.ts'
import { addTour } from './tour.ts'
import { exitCodes, named, UsageError } from './usage.ts'

const commands = {
  hunt: addHunt,
  replay: addReplay,
  stress: addStress,
  sweep: addSweep,
  merge: addMerge,
  bisect: addBisect,
  corpus: addCorpus,
  defects: addDefects,
  doctor: addDoctor,
  tour: addTour,
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function commandTree(): Command {
  const program = new Command('strandline')
    .description(
      'Deterministic simulation testing: finds the job that is neither finished nor able to finish any more.',
    )
    .version(version())
    .exitOverride()
    // What goes wrong is thrown, and said once, at the end of this file.
    .configureOutput({ outputError: () => undefined })
    .action((_, { args: [name] }: Command) => {
      if (name === undefined) throw new UsageError(`say what to do: ${Object.keys(commands).join(', ')}; see --help`)
      named('command', name, commands)
    })
  for (const add of Object.values(commands)) add(program)
  program.hook('preAction', (_, command) => loadGiven(command))
  // Only now, since commands would inherit it: what is no command is answered above.
  return program.allowExcessArguments()
}

/** One sentence on standard error, and the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.clean
    const [sentence, ...hints] = error.message.replace(/^error: /, '').split('\n')
    note(`strandline: ${[sentence, ...hints].join(' ').replace(/\.$/, '')}; see --help`)
    return exitCodes.usage
  }
  if (error instanceof UsageError || error instanceof TokenError) {
    note(`strandline: ${error.message}`)
    return exitCodes.usage
  }
  const own = ownMistake(error)
  if (own !== undefined) {
    note(`strandline: ${own}`)
    return exitCodes.usage
  }
  const seed = seedInUse()
  const with_ = seed === undefined ? '' : ` and the seed ${seed}`
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  note(
    `strandline: this is a mistake of the tool itself: ${message.split('\n', 1)[0]}. Please report it with this command line${with_}; STRANDLINE_DEBUG=1 shows where it happened.`,
  )
  if (process.env.STRANDLINE_DEBUG === '1') note(stack ?? '')
  return exitCodes.internal
}

forgiveClosedPipes()
// What is thrown in a callback, such as a message from a thread, ends here.
process.on('uncaughtException', (error) => process.exit(explain(error)))
try {
  refuseSwallowedOptions(process.env)
  await commandTree().parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}
// What a subject has left in the real event loop must not keep the process.
if (loadedPaths().length > 0) process.stdout.write('', () => process.exit())
