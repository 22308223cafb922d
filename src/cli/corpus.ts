/** `strandline corpus`: replays the failures that are kept, and keeps another one. */
import type { Command } from 'commander'
import { decodeToken } from '../explore/index.ts'
import { count, table } from '../report/index.ts'
import { addEntry, readCorpus, replayEntry, type Verdict } from './corpusEntry.ts'
import { subjectOption } from './options.ts'
import { progressBar } from './progress.ts'
import { commandLine, paint, print, printJson } from './terminal.ts'
import { tokenIn } from './tokenArgument.ts'
import { exitCodes, UsageError } from './usage.ts'

const DIRECTORY = 'properties/corpus'
const WORDS_MAX = 1_000

interface CorpusFlags {
  readonly directory: string
  readonly subject?: string
  readonly json?: true
}

interface AddFlags extends CorpusFlags {
  readonly found?: string
  readonly name?: string
}

export function addCorpus(program: Command): void {
  const corpus = program
    .command('corpus')
    .description('replay the failures that are kept: each must still break its defect, and nothing as it is')
    .option('--directory <path>', 'where they are kept', DIRECTORY)
    .addOption(subjectOption())
    .option('--json', 'one object for machines on standard output')
    .addHelpText('after', '\nExit code: 0 all are as they should be, 1 one is not, 2 wrong usage.')
    .action(async (flags: CorpusFlags) => {
      process.exitCode = await replayAll(flags)
    })
  corpus
    .command('add')
    .description('keep a failure: its token is replayed and written into a small file')
    .argument('<token|file>', 'what hunt printed after "replay", or a file such as a log of CI')
    .option('--found <sentence>', 'what was found; by default why the invariant is broken')
    .option('--name <name>', 'of the file; by default that of the defect or of the invariant')
    .addHelpText('after', '\n--directory, --subject and --json are those of "corpus".')
    .action(async (argument: string, _: unknown, command: Command) => {
      await add(argument, command.optsWithGlobals<AddFlags>())
    })
}

async function replayAll({ directory, json }: CorpusFlags): Promise<number> {
  const entries = readCorpus(directory)
  if (entries.length === 0)
    throw new UsageError(
      `there is nothing in "${directory}": "${commandLine('corpus', 'add', 'TOKEN')}" keeps a failure`,
    )
  const bar = progressBar('replaying', entries.length)
  const verdicts: Verdict[] = []
  try {
    for (const [at, kept] of entries.entries()) {
      bar.update(at, kept.file)
      verdicts.push(await replayEntry(kept))
    }
  } finally {
    bar.stop()
  }
  const failed = verdicts.filter(({ complaints }) => complaints.length > 0).length
  if (json) printJson({ directory, entries: verdicts.map(jsonOf), failed })
  else print(...table(verdicts.flatMap(rowsOf)), summary(verdicts.length, failed))
  return failed === 0 ? exitCodes.clean : exitCodes.found
}

function jsonOf({ kept: { file, found, breaks }, subject, defect, complaints }: Verdict): unknown {
  return { file, subject, defect: defect ?? null, breaks, found, holds: complaints.length === 0, complaints }
}

function rowsOf({ kept: { file, breaks, found }, complaints }: Verdict): string[][] {
  if (complaints.length === 0) return [[paint('green', 'ok'), file, breaks, paint('dim', found)]]
  return complaints.map((complaint, nth) => [paint('red', 'FAIL'), nth === 0 ? file : '', breaks, complaint])
}

function summary(all: number, failed: number): string {
  if (failed === 0)
    return all === 1 ? 'the one that is kept is as it should be' : `all ${count(all)} are as they should be`
  return `${count(failed)} of ${count(all)} are not as they should be`
}

async function add(argument: string, { directory, subject, json, found, name }: AddFlags): Promise<void> {
  if (found !== undefined && (found.trim() === '' || found.length > WORDS_MAX))
    throw new UsageError(`--found must be a sentence of 1 to ${count(WORDS_MAX)} characters`)
  const token = tokenIn(argument).replace(/\s+/g, '')
  const kept = await addEntry(directory, { token, found: found?.trim(), name, path: subject })
  if (json) printJson({ directory, ...kept })
  else print(`kept in ${directory}/${kept.file}: it breaks ${kept.breaks}, because ${kept.found}`)
  if (!json && decodeToken(token).defect === undefined)
    print('no defect is put back in it, so the corpus is not as it should be until this is mended')
}
