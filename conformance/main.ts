/**
 * `npm run conformance`: is the simulated machine true? The same random sequences on it and on the real one.
 *
 *   npm run -s conformance -- [--family NAME] [--operations N] [--time SECONDS] [--seed S] [--json]
 *   npm run -s conformance -- --mutants [--family NAME] [--seed S] [--json]
 */
import { CommanderError } from 'commander'
import { interruptSignal } from '../src/cli/interrupt.ts'
import { seedFrom, seedWords } from '../src/cli/seed.ts'
import { forgiveClosedPipes, note, print, printJson } from '../src/cli/terminal.ts'
import { exitCodes, UsageError } from '../src/cli/usage.ts'
import { examine, type Told } from './examination.ts'
import { type Options, parse } from './options.ts'

async function run(options: Options): Promise<number> {
  const seed = seedFrom(options.seed)
  note(seedWords(seed))
  const signal = interruptSignal()
  const told: Told[] = []
  for (const family of options.families) {
    if (signal.aborted) break
    told.push(await examine(family, options, seed.text, signal))
  }
  if (options.json) printJson({ seed: seed.text, families: told.map(({ json }) => json) })
  else print(...told.flatMap(({ lines }, nth) => (nth > 0 && lines.length > 1 ? ['', ...lines] : lines)))
  return signal.aborted ? exitCodes.interrupted : Math.max(...told.map(({ code }) => code))
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.clean
    note(`conformance: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}; see --help`)
    return exitCodes.usage
  }
  if (error instanceof UsageError) {
    note(`conformance: ${error.message}`)
    return exitCodes.usage
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  note(`conformance: this is a mistake of the tool itself: ${message}; STRANDLINE_DEBUG=1 shows where it happened`)
  if (process.env.STRANDLINE_DEBUG === '1') note(stack ?? '')
  return exitCodes.internal
}

forgiveClosedPipes()
try {
  process.exitCode = await run(parse(process.argv.slice(2)))
} catch (error) {
  process.exitCode = explain(error)
}
