/**
 * `strandline cancel`: a job that waits is cancelled at once, of one that runs the run is ended first, and of one that has
 * ended the container is kept no longer.
 */
import type { Command } from 'commander'
import { cancelStatus } from '../../model/cancel.ts'
import { print, printJson } from '../terminal.ts'
import { exitCodes } from '../usage.ts'
import { type DatabaseFlags, databaseOptions, isServed, jobId, jobIn, unknownJob, withQueue } from './database.ts'
import { releasedWords } from './jobWords.ts'

export function addCancel(program: Command): void {
  const command = program
    .command('cancel')
    .description('cancel a job; works whether an orchestrator is up or not')
    .argument('<id>', 'the job', jobId)
  databaseOptions(command)
    .addHelpText(
      'after',
      '\nExit code: 0 it is cancelled, or will be when its run has ended, or its container is kept no longer, 1 it was done or failed already, 2 wrong usage, or there is no such job.',
    )
    .action(async (id: number, flags: DatabaseFlags) => {
      process.exitCode = await cancel(id, flags)
    })
}

function cancel(id: number, flags: DatabaseFlags): Promise<number> {
  return withQueue(flags, { make: false }, async (queue) => {
    const result = await queue.cancel(id)
    if (result === 'unknown') throw unknownJob(queue, id)
    const { status } = await jobIn(queue, id)
    if (flags.json) printJson({ id, result, status, httpStatus: cancelStatus(result) })
    else if (result === 'cancelled') print(`job ${id} is cancelled`)
    else if (result === 'released') print(releasedWords(id, status, await isServed(queue)))
    else if (result === 'finished') print(`job ${id} is ${status} already`)
    else if (await isServed(queue)) print(`job ${id} is being cancelled: its run is told to end`)
    else print(`job ${id} is to be cancelled; nobody is up, so the next "strandline up" ends it`)
    return result === 'finished' && status !== 'cancelled' ? exitCodes.found : exitCodes.clean
  })
}
