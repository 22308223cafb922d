/** `strandline merge`: one result from those of the shards of a campaign. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import {
  againstJson,
  againstLines,
  count,
  type MergedResult,
  MergeError,
  mergeShards,
  nameOf,
  nothingFound,
  plural,
  type Result,
  resultJson,
  type ShardFile,
  shardFile,
  stressLines,
} from '../report/index.ts'
import { requireSometimesOption } from './options.ts'
import { codeFor } from './result.ts'
import { tokenLines } from './stress.ts'
import { note, paint, print, printJson } from './terminal.ts'
import { exitCodes, UsageError } from './usage.ts'

const FILE_BYTES_MAX = 50_000_000

interface MergeFlags {
  readonly requireSometimes?: true
  readonly json?: true
}

export function addMerge(program: Command): void {
  program
    .command('merge')
    .description('add up what the shards of a hunt or of a stress run found, from what each printed with --json')
    .argument('<files...>', 'one file per shard')
    .addOption(requireSometimesOption())
    .option('--json', 'one object for machines on standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 nothing was found, 1 something was, or with --require-sometimes a situation was never reached, 2 wrong usage.',
    )
    .action((files: readonly string[], flags: MergeFlags) => {
      process.exitCode = merge(files, flags)
    })
}

function merge(files: readonly string[], { requireSometimes, json }: MergeFlags): number {
  const merged = mergedFrom(files)
  const { result, against } = merged
  for (const line of gapLines(result)) note(line)
  if (json) printJson(against === undefined ? resultJson(result) : againstJson(result, against.result, against.paired))
  else print(...lines(merged))
  const results = [result, ...(against === undefined ? [] : [against.result])]
  const found = results.some(({ strands, violations }) => strands + violations > 0)
  const code = codeFor(result, requireSometimes === true)
  return found || isIncomplete(result) ? exitCodes.found : code
}

function mergedFrom(files: readonly string[]): MergedResult {
  try {
    return mergeShards(files.map(read))
  } catch (error) {
    if (error instanceof MergeError) throw new UsageError(error.message)
    throw error
  }
}

function read(name: string): ShardFile {
  let bytes: Buffer
  try {
    bytes = readFileSync(name)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new UsageError(`"${name}" is a directory: give the files that are in it`)
    if (code === 'EACCES') throw new UsageError(`the file "${name}" may not be read: change its mode`)
    throw new UsageError(`there is no file "${name}": give what each shard printed with --json`)
  }
  if (bytes.length > FILE_BYTES_MAX) throw new UsageError(`the file "${name}" is too large to be the result of a shard`)
  return shardFile(name, bytes.toString('utf8'))
}

/** A shard that is not there may have found something. */
function isIncomplete({ merged }: Result): boolean {
  return merged!.missing.length > 0
}

/** Each shard stops at its first failure, so what they played says nothing about how often it comes. */
function huntLines({ scenarios, broken }: Result): string[] {
  const names = broken.map(({ name, hits }) => (hits === 1 ? name : `${name} (${hits} shards)`)).join(', ')
  return [`${paint('red', 'found')} within ${plural(scenarios, 'scenario')} of all shards together: ${names}`]
}

/** What the sum lacks. */
function gapLines({ merged }: Result): string[] {
  const { of, missing, short } = merged!
  const shards = (which: readonly number[]) => which.map((nth) => `${nth}/${of}`).join(', ')
  return [
    ...(missing.length === 0
      ? []
      : [`missing: ${missing.length === 1 ? 'shard' : 'shards'} ${shards(missing)}; this is a part of the campaign`]),
    ...(short.length === 0 ? [] : [`ended early: shard ${shards(short)}`]),
  ]
}

function lines({ result, against }: MergedResult): string[] {
  const { command, seed, merged } = result
  const { of, shards } = merged!
  const head = `${command} of ${nameOf(result)}, seed ${seed}: ${count(shards.length)} of ${count(of)} shards; seconds are of all of them together`
  if (against !== undefined) {
    const both = [result, against.result].flatMap((one) => [...stressLines(one, paint), ...tokenLines(one), ''])
    return [head, '', ...both, ...againstLines(result, against.result, against.paired, paint)]
  }
  const found = result.strands + result.violations > 0
  const body =
    command === 'stress' ? stressLines(result, paint) : found ? huntLines(result) : nothingFound(result, paint)
  return [head, '', ...body, ...tokenLines(result)]
}
