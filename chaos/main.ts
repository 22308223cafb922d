/**
 * `npm run chaos`: kill -9 of the running orchestrator at random moments, over real jobs, and then the question whether
 * anything was lost, done twice or left behind.
 *
 *   npm run chaos -- [--jobs 1000] [--kills 100] [--concurrency 8] [--time SECONDS] [--seed TEXT] [--json]
 *
 * Exit code 0: nothing went wrong; 1: something did; 2: the command line; 130: interrupted.
 */
import { Command, CommanderError, Option } from 'commander'
import { interruptSignal } from '../src/cli/interrupt.ts'
import { seedOption } from '../src/cli/options.ts'
import { seedFrom, seedWords } from '../src/cli/seed.ts'
import { note, print, printJson } from '../src/cli/terminal.ts'
import { exitCodes, UsageError } from '../src/cli/usage.ts'
import { wholeNumber } from '../src/cli/wholeNumber.ts'
import { Campaign, type Outcome } from './campaign.ts'

interface Flags {
  readonly jobs: number
  readonly kills: number
  readonly concurrency: number
  readonly time: number
  readonly seed?: string
  readonly json?: true
}

const number = (name: string, text: string, fallback: number) =>
  new Option(`--${name} <n>`, text).argParser(wholeNumber(`--${name}`, 1_000_000)).default(fallback)

function flagsOf(): Flags {
  const command = new Command('chaos')
    .addOption(number('jobs', 'how many jobs are submitted', 1_000))
    .addOption(number('kills', 'how often the orchestrator is killed', 100))
    .addOption(number('concurrency', 'jobs at the same time', 8))
    .addOption(number('time', 'no more kills after so many seconds', 600))
    .addOption(seedOption())
    .option('--json', 'one object for machines on standard output')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  return command.parse().opts<Flags>()
}

async function main(): Promise<number> {
  const { jobs, kills, concurrency, time, seed: given, json } = flagsOf()
  const seed = seedFrom(given)
  const signal = interruptSignal()
  note(`chaos: ${jobs} jobs, ${kills} kills, ${concurrency} at the same time, ${seedWords(seed)}`)
  let told = 0
  const progress = (done: number) => {
    if (done < told + kills / 10 && done < kills) return
    told = done
    note(`${done} of ${kills} kills`)
  }
  const outcome = await new Campaign({ jobs, kills, concurrency, seed: seed.text, timeMs: time * 1000 }).play(
    progress,
    signal,
  )
  if (json) printJson({ seed: seed.text, ...outcome })
  else print(...table(outcome))
  // Of a run that was cut short, what is unfinished says nothing.
  if (signal.aborted) return exitCodes.interrupted
  return outcome.wrong.length > 0 ? exitCodes.found : exitCodes.clean
}

function table({ kills, early, jobs, statuses, runs, lost, cancels, deletes, wrong, seconds }: Outcome): string[] {
  const rows: [string, string][] = [
    ['kills', `${kills}, of them ${early} while it started`],
    [
      'jobs',
      `${jobs}: ${Object.entries(statuses)
        .map(([status, n]) => `${n} ${status}`)
        .join(', ')}`,
    ],
    ['runs', `${runs}, of them ${lost} lost with their orchestrator`],
    ['cancels accepted', String(cancels)],
    ['deletes accepted', String(deletes)],
    ['seconds', seconds.toFixed(1)],
    ['went wrong', String(wrong.length)],
  ]
  return [...rows.map(([name, value]) => `  ${name.padEnd(17)} ${value}`), ...wrong.map((text) => `  - ${text}`)]
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = exitCodes.clean
  else if (error instanceof CommanderError || error instanceof UsageError) {
    note(`chaos: ${error.message.replace(/^error: /, '')}; see --help`)
    process.exitCode = exitCodes.usage
  } else throw error
}
