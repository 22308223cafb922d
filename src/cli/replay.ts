/** `strandline replay`: plays what a token holds, once, and says whether it still fails. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { decodeToken, type Run, recordSource, simulate, type Token } from '../explore/index.ts'
import { nameOf, type Replayed, replayJson, storyLines, toldLines, verdictLines } from '../report/index.ts'
import { principal, type Target, targetOf } from './target.ts'
import { paint, print, printJson } from './terminal.ts'
import { exitCodes, UsageError } from './usage.ts'

const MISSING_SHOWN = 3
const FILE_BYTES_MAX = 50_000_000

interface ReplayFlags {
  readonly trace?: true
  readonly json?: true
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('play one recorded failure again, from its token or from a file that contains one')
    .argument('<token|file>', 'what hunt printed after "replay", or a file such as a log of CI')
    .option('--trace', 'everything that happened, not only what matters')
    .option('--json', 'one object for machines on standard output')
    .addHelpText('after', '\nExit code: 1 it still fails, 0 it no longer does, 2 wrong usage.')
    .action(async (argument: string, flags: ReplayFlags) => {
      process.exitCode = await replay(argument, flags)
    })
}

/** The token itself, or the first one in a file. */
export function tokenIn(argument: string): string {
  const text = argument.trim()
  if (text === '' || /^strand\d+\./.test(text)) return text
  const found = /strand\d+\.[\w-]+(?:\+[\w-]+)?\.[\w-]+\.[0-9a-f]{8}\b/.exec(read(text))
  if (found === null) throw new UsageError(`there is no token in the file "${text}": one begins with "strand1."`)
  return found[0]
}

function read(path: string): string {
  try {
    const bytes = readFileSync(path)
    if (bytes.length <= FILE_BYTES_MAX) return bytes.toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new UsageError(`"${path}" is a directory: give a token, or a file that contains one`)
    if (code === 'EACCES')
      throw new UsageError(`the file "${path}" may not be read: change its mode, or paste the token`)
    const shown = path.length > 40 ? `${path.slice(0, 40)}…` : path
    throw new UsageError(`"${shown}" is neither a token (one begins with "strand1.") nor a file that exists`)
  }
  throw new UsageError(`the file "${path}" is too large: give the token itself, or a file that holds little else`)
}

async function replay(argument: string, { trace, json }: ReplayFlags): Promise<number> {
  const token = decodeToken(tokenIn(argument))
  const target = targetFor(token)
  const run = await replayToken(target, token)
  const { choices } = token
  const occurred = run.choices()
  const missing = run.matched < choices.size ? [...choices.keys()].filter((key) => !occurred.has(key)) : []
  const replayed = { subject: token.subject, defect: token.defect, run, choices: choices.size, missing }
  if (json) printJson(replayJson(replayed, trace === true))
  else print(...replayLines(target, replayed, trace === true))
  return run.failures.length > 0 ? exitCodes.found : exitCodes.clean
}

function targetFor({ subject, defect }: Token): Target {
  try {
    return targetOf(subject, defect)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`the token cannot be replayed here: ${error.message}`)
  }
}

export function replayToken({ played }: Target, { scenario, choices }: Token): Promise<Run> {
  return simulate(played, scenario, { choices: recordSource(choices), telling: true })
}

function replayLines(target: Target, replayed: Replayed, trace: boolean): string[] {
  const { run } = replayed
  const failure = principal(run.failures, target.about)
  const name = nameOf(target)
  const verdict =
    failure === undefined
      ? `${paint('green', 'no longer fails')}: ${name} came to rest with nothing broken and nothing left undone`
      : `${paint('red', 'still fails')}: ${name} breaks ${run.failures.map(({ invariant }) => invariant).join(', ')}`
  const told = trace || failure === undefined ? toldOf(run, trace) : ['', ...storyLines(run, failure, paint)]
  const why = failure === undefined ? [] : ['', ...verdictLines(run, failure, target.played.invariants, paint)]
  return [verdict, ...missingLines(replayed), ...told, ...why]
}

function toldOf({ told }: Run, trace: boolean): string[] {
  return trace ? ['', ...toldLines(told, paint)] : []
}

/** After an edit of the code some choices name what no longer happens. */
function missingLines({ choices, missing }: Replayed): string[] {
  if (missing.length === 0) return []
  const shown = missing.slice(0, MISSING_SHOWN).join(', ')
  const more = missing.length > MISSING_SHOWN ? ', …' : ''
  return [
    paint(
      'yellow',
      `${missing.length} of its ${choices} choices no longer occur (${shown}${more}): the code has changed since`,
    ),
  ]
}
