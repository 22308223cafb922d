/** `strandline status`: how many jobs there are, who is up, and how much room. */
import type { Command } from 'commander'
import type { ServerView } from '../../library/index.ts'
import { table } from '../../report/table.ts'
import { print, printJson } from '../terminal.ts'
import { type DatabaseFlags, databaseOptions, withQueue } from './database.ts'
import { durationWords } from './duration.ts'

export function addStatus(program: Command): void {
  const command = program.command('status').description('show how many jobs there are, who is up, and the free disk')
  databaseOptions(command).action(status)
}

function status(flags: DatabaseFlags): Promise<void> {
  return withQueue(flags, { make: false }, async (queue) => {
    const jobs = await queue.counts()
    const waitingRuns = await queue.waitingRuns()
    const servers = await queue.servers()
    const impossibleQueued = await queue.impossibleQueued()
    const [freeBytes, { file, runsDirectory }] = [queue.freeBytes(), queue]
    if (flags.json)
      return printJson({ db: file, runsDirectory, jobs, waitingRuns, servers, freeBytes, impossibleQueued })
    const counts = Object.entries(jobs).map(([name, n]) => `${n.toLocaleString('en-US')} ${name}`)
    const rows = [
      ['database', file],
      ['jobs', counts.join(', ')],
      ...(impossibleQueued === 0 ? [] : [['', `${impossibleQueued} queued and yet owned; whoever is up heals them`]]),
      ...(waitingRuns === 0 ? [] : [['', waitingWords(waitingRuns)]]),
      ...serverRows(servers),
      ['disk', `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`],
    ]
    print(...table(rows))
  })
}

function waitingWords(n: number): string {
  const what = n === 1 ? '1 container of a run that has ended is' : `${n} containers of runs that have ended are`
  return `${what} still there, for somebody who looks or to be removed`
}

function serverRows(servers: readonly ServerView[]): string[][] {
  if (servers.length === 0) return [['up', 'nobody: "strandline up" runs the jobs']]
  return servers.map(({ pid, since, shared, state }, at) => {
    const time = `since ${since.toISOString()} (${durationWords(Date.now() - since.getTime())})`
    const sharing = shared ? 'shares the database' : 'alone'
    const words = {
      up: `process ${pid} ${time}, ${sharing}`,
      elsewhere: `process ${pid} of another machine or container ${time}, ${sharing}`,
      dead: `nobody: process ${pid} ended without a word, and the next "strandline up" takes over`,
    }
    return [at === 0 ? 'up' : '', words[state]]
  })
}
