/** `strandline logs`: what a job has written to its standard output and error, while it runs and after. */
import { type Command, Option } from 'commander'
import type { Queue } from '../../library/index.ts'
import { note, printJson } from '../terminal.ts'
import { exitCodes, UsageError } from '../usage.ts'
import { wholeNumber } from '../wholeNumber.ts'
import { type DatabaseFlags, databaseOptions, jobId, jobIn, withQueue } from './database.ts'
import { follow } from './follow.ts'
import { copyLog, logJson } from './log.ts'

interface LogsFlags extends DatabaseFlags {
  readonly run?: number
  readonly follow?: true
}

export function addLogs(program: Command): void {
  const command = program
    .command('logs')
    .description('show what a job has written, its standard output and standard error together')
    .argument('<id>', 'the job', jobId)
    .addOption(
      new Option('--run <n>', 'of its nth run; without it, of its latest').argParser(
        wholeNumber('--run', Number.MAX_SAFE_INTEGER),
      ),
    )
    .option('--follow', 'go on until the job is finished, over all runs that follow')
  databaseOptions(command)
    .addHelpText(
      'after',
      '\nExit code: 0 also where nothing was written, 2 wrong usage, or there is no such job, 130 ended by Ctrl-C.',
    )
    .action(async (id: number, flags: LogsFlags) => {
      process.exitCode = await logs(id, flags)
    })
}

function logs(id: number, flags: LogsFlags): Promise<number> {
  return withQueue(flags, { make: false }, async (queue) => {
    const nth = await firstOf(queue, id, flags.run)
    if (flags.follow) {
      const signal = interrupted()
      const following = { nth, only: flags.run !== undefined, copies: !flags.json }
      await follow(queue, id, following, signal)
      if (signal.aborted) return exitCodes.interrupted
    }
    if (flags.json) await printLog(queue, id, flags.run)
    else if (!flags.follow) await showLog(queue, id, nth)
    return exitCodes.clean
  })
}

/** The run that is asked for, or the latest; 1 before there is one. */
async function firstOf(queue: Queue, id: number, asked: number | undefined): Promise<number> {
  await jobIn(queue, id)
  const runs = (await queue.runs(id)).length
  if (asked !== undefined && asked > runs)
    throw new UsageError(
      `job ${id} has no run ${asked}: ${runs === 0 ? 'it has not run yet' : `its latest is ${runs}`}`,
    )
  return asked ?? Math.max(1, runs)
}

async function showLog(queue: Queue, id: number, nth: number): Promise<void> {
  const run = (await queue.runs(id))[nth - 1]
  if (run === undefined) note(`job ${id} has not run yet`)
  else await copyLog(queue, run)
}

async function printLog(queue: Queue, id: number, asked: number | undefined): Promise<void> {
  const job = await jobIn(queue, id)
  const runs = await queue.runs(id)
  const nth = asked ?? runs.length
  printJson(await logJson(queue, job, nth, runs[nth - 1]))
}

/** Once: a second Ctrl-C does what signals do. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  return controller.signal
}
