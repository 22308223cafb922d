/** `strandline delete`: removes a job with its runs and all that they wrote. */
import type { Command } from 'commander'
import type { DeleteResult } from '../../library/index.ts'
import { note, print, printJson } from '../terminal.ts'
import { type DatabaseFlags, databaseOptions, isServed, jobId, unknownJob, withQueue } from './database.ts'
import { deletingWords } from './jobWords.ts'

export function addDelete(program: Command): void {
  const command = program
    .command('delete')
    .description('remove a job with its runs and their output; one that is not finished is cancelled first')
    .argument('<id>', 'the job', jobId)
  databaseOptions(command)
    .addHelpText(
      'after',
      '\nExit code: 0 it is gone, or will be when its run has ended and its container is removed, 2 wrong usage, or there is no such job.',
    )
    .action(remove)
}

function remove(id: number, flags: DatabaseFlags): Promise<void> {
  return withQueue(flags, { make: false }, async (queue) => {
    const result = await queue.delete(id).catch(noteLeftFiles)
    if (result === 'unknown') throw unknownJob(queue, id)
    if (flags.json) printJson({ id, result })
    else if (result === 'deleted') print(`job ${id} is deleted`)
    else if (await isServed(queue)) print(deletingWords(id, (await queue.job(id))?.status))
    else print(`job ${id} is to be deleted; nobody is up, so the next "strandline up" does it`)
  })
}

/** That the job is deleted is on record: what is left of it goes later. */
function noteLeftFiles(error: unknown): DeleteResult {
  if (!(error instanceof Error) || error.name !== 'LeftFilesError') throw error
  note(`strandline: ${error.message}`)
  return 'deleted'
}
