/** `strandline jobs`: what is in the queue, the latest first. */
import { type Command, Option } from 'commander'
import { type JobStatus, jobStatuses } from '../../model/lifecycle.ts'
import { note, print, printJson } from '../terminal.ts'
import { named } from '../usage.ts'
import { wholeNumber } from '../wholeNumber.ts'
import { type DatabaseFlags, databaseOptions, withQueue } from './database.ts'
import { jobLines } from './jobTable.ts'
import { jobJson } from './jobWords.ts'

const SHOWN = 50

interface JobsFlags extends DatabaseFlags {
  readonly status?: JobStatus
  readonly limit?: number
}

const statuses = Object.fromEntries(jobStatuses.map((status) => [status, status])) as Record<string, JobStatus>

export function addJobs(program: Command): void {
  const command = program
    .command('jobs')
    .description('list the jobs, the latest first')
    .addOption(
      new Option('--status <status>', `only these: ${jobStatuses.join(', ')}`).argParser((text) =>
        named('status', text, statuses),
      ),
    )
    .addOption(
      new Option('--limit <n>', `so many at most (default: ${SHOWN}; with --json, all)`).argParser(
        wholeNumber('--limit', Number.MAX_SAFE_INTEGER),
      ),
    )
  databaseOptions(command).action(jobs)
}

async function jobs({ status, limit, ...flags }: JobsFlags): Promise<void> {
  const filter = status === undefined ? {} : { status }
  await withQueue(flags, { make: false }, async (queue) => {
    const shown = await queue.jobs({ ...filter, ...limits(limit ?? (flags.json ? undefined : SHOWN)) })
    if (flags.json) return printJson({ jobs: shown.map(jobJson) })
    if (shown.length === 0) return note(status === undefined ? 'there is no job' : `no job is ${status}`)
    print(...jobLines(shown, Date.now(), process.stdout.isTTY ? process.stdout.columns : undefined))
    if (limit === undefined && shown.length === SHOWN) note(`the latest ${SHOWN}; --limit shows more`)
  })
}

function limits(limit: number | undefined): { limit?: number } {
  return limit === undefined ? {} : { limit }
}
