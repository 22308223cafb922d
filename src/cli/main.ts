#!/usr/bin/env node
/**
 * The command line. One file per command; here they are put together, and mistakes are turned into sentences. What plays
 * simulated runs is loaded for its own commands only: those of the queue start at once, and without the guard.
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { queueCommands } from './queue/index.ts'
import { seedInUse } from './seed.ts'
import { refuseSwallowedOptions } from './swallowed.ts'
import { forgiveClosedPipes, note } from './terminal.ts'
import { exitCodes, named, UsageError } from './usage.ts'

type Simulation = typeof import('./simulation.ts')

/** The simulation is not asked for by the commands of the queue, nor for the version. */
async function loadSimulation([first = '']: readonly string[]): Promise<Simulation | undefined> {
  const isNeedless = Object.hasOwn(queueCommands, first) || /^(-V|--version)$/.test(first)
  return isNeedless ? undefined : await import('./simulation.ts')
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function commandTree(simulation: Simulation | undefined): Command {
  const commands = { ...simulation?.simulationCommands, ...queueCommands }
  const program = new Command('strandline')
    .description(
      'Deterministic simulation testing: finds the job that is neither finished nor able to finish any more. And a queue whose jobs run as processes or in containers.',
    )
    .version(version())
    .exitOverride()
    // What goes wrong is thrown, and said once, at the end of this file.
    .configureOutput({ outputError: () => undefined })
    .action((_, { args: [name] }: Command) => {
      if (name === undefined) throw new UsageError(`say what to do: ${Object.keys(commands).join(', ')}; see --help`)
      named('command', name, commands)
    })
  program.commandsGroup('Simulated runs:')
  for (const add of Object.values(simulation?.simulationCommands ?? {})) add(program)
  // Which "submit" needs, to leave what is submitted alone; those before would inherit it, and "corpus" must not.
  program.enablePositionalOptions().commandsGroup('The queue:')
  for (const add of Object.values(queueCommands)) add(program)
  if (simulation !== undefined) program.hook('preAction', (_, command) => simulation.loadGiven(command))
  // Only now, since commands would inherit it: what is no command is answered above.
  return program.allowExcessArguments()
}

function mistakeOfPlace(error: unknown): string | undefined {
  const { syscall } = (error ?? {}) as NodeJS.ErrnoException
  return syscall === 'uv_cwd' ? 'the working directory was removed: go to another one' : undefined
}

/** One sentence on standard error, and the exit code. */
function explain(error: unknown, simulation: Simulation | undefined): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.clean
    const [sentence, ...hints] = error.message.replace(/^error: /, '').split('\n')
    note(`strandline: ${[sentence, ...hints].join(' ').replace(/\.$/, '')}; see --help`)
    return exitCodes.usage
  }
  const mistake = error instanceof UsageError ? error.message : (mistakeOfPlace(error) ?? simulation?.mistakeOf(error))
  if (mistake !== undefined) {
    note(`strandline: ${mistake}`)
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
const simulation = await loadSimulation(process.argv.slice(2))
// What is thrown in a callback, such as a message from a thread, ends here.
process.on('uncaughtException', (error) => process.exit(explain(error, simulation)))
try {
  refuseSwallowedOptions(process.env)
  await commandTree(simulation).parseAsync()
} catch (error) {
  process.exitCode = explain(error, simulation)
}
simulation?.endWithSubjects()
