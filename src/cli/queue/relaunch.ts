/** `strandline relaunch`: the work of a finished job once more, as a new job that goes on where that one has stopped. */
import type { Command } from 'commander'
import type { Durability } from '../../library/index.ts'
import { note, print, printJson } from '../terminal.ts'
import { exitCodes } from '../usage.ts'
import {
  type DatabaseFlags,
  databaseOptions,
  durabilityOption,
  jobId,
  jobIn,
  unknownJob,
  withQueue,
} from './database.ts'

interface RelaunchFlags extends DatabaseFlags {
  readonly durability: Durability
}

export function addRelaunch(program: Command): void {
  const command = program
    .command('relaunch')
    .description('put the work of a finished job into the queue again, as a new job, and print its id')
    .argument('<id>', 'the job', jobId)
    .addOption(durabilityOption())
  databaseOptions(command)
    .addHelpText(
      'after',
      '\nThe new job has the same command, environment and terms. One in a container finds the files in its mount and the session of the last run.\nExit code: 0 it is in the queue, 1 the job is not finished yet, 2 wrong usage, or there is no such job.',
    )
    .action(async (id: number, flags: RelaunchFlags) => {
      process.exitCode = await relaunch(id, flags)
    })
}

function relaunch(id: number, flags: RelaunchFlags): Promise<number> {
  return withQueue(flags, { make: false, durability: flags.durability }, async (queue) => {
    const answer = await queue.relaunch(id)
    if (answer === 'unknown') throw unknownJob(queue, id)
    if (answer === 'unfinished') {
      const { status } = await jobIn(queue, id)
      if (flags.json) printJson({ id, result: answer, relaunch: null })
      else note(`job ${id} is ${status}: it can be relaunched when it is finished`)
      return exitCodes.found
    }
    if (flags.json) printJson({ id, result: 'relaunched', relaunch: answer })
    else print(String(answer))
    return exitCodes.clean
  })
}
