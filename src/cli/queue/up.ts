/** `strandline up`: runs the jobs of a database until it is told to stop. */
import { type Command, Option } from 'commander'
import type { Durability, Worker, WorkerSettings } from '../../library/index.ts'
import { note, outliveClosedPipes, print, printJson } from '../terminal.ts'
import { exitCodes } from '../usage.ts'
import { wholeNumber } from '../wholeNumber.ts'
import { type DatabaseFlags, databaseFile, databaseOptions, durabilityOption, explained, sayIfNew } from './database.ts'
import { durationMs, durationWords } from './duration.ts'
import { engineSocket } from './engineSocket.ts'
import { Notices } from './notices.ts'
import { StopSignal } from './stopSignal.ts'

const CONCURRENCY_MAX = 10_000
const DRAIN_MS = 30_000

interface UpFlags extends DatabaseFlags {
  readonly concurrency?: number
  readonly drain: number
  readonly share?: true
  readonly serialRepos?: true
  readonly timeLimit?: number
  readonly engine?: string
  readonly durability: Durability
}

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('run the jobs of a database until told to stop')
    .addOption(
      new Option('--concurrency <n>', 'jobs at the same time, over all that share (default: one per core)').argParser(
        wholeNumber('--concurrency', CONCURRENCY_MAX),
      ),
    )
    .addOption(
      new Option('--drain <time>', 'how long a stop waits for what runs; a bare number means seconds')
        .argParser(durationMs('--drain'))
        .default(DRAIN_MS, '30s'),
    )
    .option('--share', 'suffer others on the database that share too; without it, one alone runs its jobs')
    .option('--serial-repos', 'a job waits for earlier ones of its repo; jobs without one have the same')
    .addOption(
      new Option('--time-limit <time>', 'end runs that take longer; checked every 5 s (default: none)').argParser(
        durationMs('--time-limit'),
      ),
    )
    .addOption(
      new Option(
        '--engine <socket>',
        'where containers run (default: env DOCKER_HOST, else /var/run/docker.sock)',
      ).argParser(engineSocket),
    )
    .addOption(durabilityOption())
  databaseOptions(command)
    .addHelpText(
      'after',
      `
SIGTERM or Ctrl-C stops it: nothing more is started, and what runs has until --drain; containers go on beyond that, and the next "up" takes them over. A second one ends it at once; then processes are ended and their jobs queued again by the next "up".
From the environment: ORCH_SERIAL_GATE_ENABLED=0 overrules --serial-repos, ORCH_IMPOSSIBLE_QUEUED_SANITIZE_ENABLED=0 leaves impossible rows alone.
Exit code: 0 everything had ended or goes on in its container, 1 runs had to be ended and their jobs are queued again, 2 wrong usage, or another one holds the database.`,
    )
    .action(async (flags: UpFlags) => {
      process.exitCode = await up(flags)
    })
}

async function up(flags: UpFlags): Promise<number> {
  const stop = new StopSignal()
  const { becomeInit } = await import('../../library/index.ts')
  if (stop.signal.aborted) return stoppedEarly()
  // Before anything is opened: as pid 1 the program begins anew below an init.
  const warning = becomeInit()
  outliveClosedPipes()
  const notices = new Notices(note)
  if (warning !== undefined) notices.notice(warning)
  try {
    return await serve(await start(flags, notices, stop.signal), flags, stop)
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return stoppedEarly()
    throw explained(databaseFile(flags), error)
  }
}

function stoppedEarly(): number {
  note('stopped: it was not up yet')
  return exitCodes.clean
}

async function serve(worker: Worker, flags: UpFlags, stop: StopSignal): Promise<number> {
  const beginMs = performance.now()
  const say = flags.json ? note : print
  say(upSentence(worker))
  const signal = await stop.came
  say(await drainSentence(worker))
  const { left, abandoned, status } = await worker.stop()
  const seconds = Number(((performance.now() - beginMs) / 1000).toFixed(3))
  if (flags.json) {
    const { file: db, runsDirectory, concurrency } = worker
    printJson({ db, runsDirectory, pid: process.pid, concurrency, signal, left, abandoned, seconds, ...status })
  }
  say(...stoppedSentences(left, abandoned, worker))
  return abandoned === 0 ? exitCodes.clean : exitCodes.found
}

async function start(flags: UpFlags, notices: Notices, signal: AbortSignal): Promise<Worker> {
  const { optionsFromEnvironment, startWorker } = await import('../../library/index.ts')
  const file = databaseFile(flags)
  const said = sayIfNew(file)
  const settings: WorkerSettings = {
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    shared: flags.share === true,
    durability: flags.durability,
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    options: { ...optionsOf(flags), ...optionsFromEnvironment(process.env) },
    onError: (error) => notices.error(error),
    onNotice: (text) => notices.notice(text),
    signal,
  }
  const worker = await startWorker(file, settings)
  said()
  return worker
}

function optionsOf({ drain, serialRepos, timeLimit }: UpFlags): WorkerSettings['options'] {
  return {
    drainMs: drain,
    serialGate: serialRepos === true,
    ...(timeLimit === undefined ? {} : { ageMaxMs: timeLimit }),
  }
}

function upSentence({ file, runsDirectory, concurrency }: Worker): string {
  const { pid } = process
  return `up: process ${pid} runs the jobs of ${file}, ${concurrency} at a time, their output is in ${runsDirectory}; "kill ${pid}" or Ctrl-C stops it`
}

async function drainSentence(worker: Worker): Promise<string> {
  // A database that fails just now must not keep it from stopping.
  const runs = await worker.underWay().catch(() => undefined)
  if (runs === undefined || runs === 0) return 'stopping'
  return `stopping: waits for ${runsWords(runs)}, at most ${durationWords(worker.drainMs)}; a second signal ends it at once`
}

function stoppedSentences(left: number, abandoned: number, worker: Worker): readonly string[] {
  if (abandoned === 0 && left === 0) return ['stopped: nothing runs any more']
  return [
    ...(abandoned === 0 ? [] : [abandonedSentence(abandoned, worker)]),
    ...(left === 0 ? [] : [`stopped: ${leftWords(left)}`]),
  ]
}

/** Nothing of it is lost. */
function leftWords(left: number): string {
  const [what, whom] = left === 1 ? ['1 container goes on', 'it'] : [`${left} containers go on`, 'them']
  return `${what}; the next "strandline up" takes ${whom} over`
}

function abandonedSentence(abandoned: number, { drainMs }: Worker): string {
  const had = abandoned === 1 ? 'its job is' : 'their jobs are'
  return `stopped: ${runsWords(abandoned)} had not ended after ${durationWords(drainMs)} and ${abandoned === 1 ? 'was' : 'were'} ended; ${had} queued again`
}

function runsWords(n: number): string {
  return n === 1 ? '1 run' : `${n} runs`
}
