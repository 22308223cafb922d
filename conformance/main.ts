/**
 * `npm run conformance`: is the simulated machine true? The same random sequences on it and on the real kernel.
 *
 *   npm run -s conformance -- [--operations N] [--time SECONDS] [--seed S] [--json]
 *   npm run -s conformance -- --mutants [--seed S] [--json]
 */
import { CommanderError } from 'commander'
import { interruptSignal } from '../src/cli/interrupt.ts'
import { type Progress, progressBar } from '../src/cli/progress.ts'
import { seedFrom, seedWords } from '../src/cli/seed.ts'
import { commandLine, forgiveClosedPipes, note, paint, print, printJson } from '../src/cli/terminal.ts'
import { exitCodes, UsageError } from '../src/cli/usage.ts'
import { count } from '../src/report/index.ts'
import { type Result, runCampaign } from './campaign.ts'
import { type Comparison, type Family, isSkipped } from './family.ts'
import { type Options, parse } from './options.ts'
import { hunt, type Verdict } from './planted.ts'
import { processes } from './processes/family.ts'
import { agreementLine, divergenceLines, plantedLines, sideBySide } from './report.ts'

/** What one family came to: lines for people, data for machines. */
interface Told {
  readonly code: number
  readonly lines: readonly string[]
  readonly json: object
}

async function run(options: Options): Promise<number> {
  const seed = seedFrom(options.seed)
  note(seedWords(seed))
  const signal = interruptSignal()
  const told = await examine(processes, options, seed.text, signal)
  if (options.json) printJson({ seed: seed.text, families: [told.json] })
  else print(...told.lines)
  return signal.aborted ? exitCodes.interrupted : told.code
}

async function examine<Op>(family: Family<Op>, options: Options, seed: string, signal: AbortSignal): Promise<Told> {
  const { name } = family
  const opened = await family.open()
  if (isSkipped(opened)) {
    const lines = [`${name}: skipped: ${opened.skipped}`]
    return { code: exitCodes.clean, lines, json: { name, skipped: opened.skipped } }
  }
  note(`${name}: ${opened.machine}`)
  try {
    if (options.mutants) return await plant(name, opened, seed, signal)
    return (await replaySettled(name, opened)) ?? (await compare(name, opened, options, seed, signal))
  } finally {
    await opened.close()
  }
}

/** Undefined if all that was settled still is. */
async function replaySettled<Op>(name: string, comparison: Comparison<Op>): Promise<Told | undefined> {
  for (const { story, ops } of comparison.settled) {
    const { divergence } = await comparison.compare(ops)
    if (divergence === undefined) continue
    const lines = [paint('red', `${name}: no longer settled: ${story}`), '', ...sideBySide(divergence, paint)]
    return { code: exitCodes.found, lines, json: { name, unsettled: story, rows: divergence } }
  }
  return undefined
}

async function compare<Op>(
  name: string,
  { machine, sequences, settled, compare }: Comparison<Op>,
  { operations, time }: Options,
  seed: string,
  signal: AbortSignal,
): Promise<Told> {
  const limits = {
    seed,
    signal,
    ...(operations === undefined ? {} : { operations }),
    ...(time === undefined ? {} : { seconds: time }),
  }
  const bar = progressBar(name, operations ?? time ?? 0)
  const result = await shown(bar, () =>
    runCampaign(sequences, compare, {
      ...limits,
      onProgress: (done) =>
        bar.update(
          operations === undefined ? done.seconds : done.operations,
          () => `${count(done.operations)} operations`,
        ),
    }),
  )
  const { divergence } = result
  if (divergence === undefined) {
    const lines = [...(signal.aborted ? ['stopped early'] : []), agreementLine(name, result, settled.length)]
    return { code: exitCodes.clean, lines, json: jsonOf(name, machine, result, settled.length) }
  }
  const repeat = commandLine('conformance', '--seed', quoted(divergence.seed))
  const lines = divergenceLines(divergence, repeat, paint)
  return { code: exitCodes.found, lines, json: jsonOf(name, machine, result, settled.length) }
}

async function plant<Op>(name: string, comparison: Comparison<Op>, seed: string, signal: AbortSignal): Promise<Told> {
  const planted = comparison.planted()
  const bar = progressBar(`${name}: planted mistakes`, planted.length)
  const verdicts = await shown(bar, async () => {
    const verdicts: Verdict[] = []
    for (const each of planted) {
      bar.update(verdicts.length, each.story)
      const verdict = await hunt(comparison.sequences, each, { seed, signal })
      if (signal.aborted) break
      verdicts.push(verdict)
    }
    return verdicts
  })
  const missed = verdicts.filter(({ found }) => found === undefined).length
  return {
    code: missed === 0 ? exitCodes.clean : exitCodes.found,
    lines: plantedLines(verdicts, paint),
    json: {
      name,
      machine: comparison.machine,
      planted: verdicts.map(({ story, found }) => ({ story, found: found ?? null })),
    },
  }
}

async function shown<T>(bar: Progress, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    bar.stop()
  }
}

function jsonOf(name: string, machine: string, result: Result, settled: number): object {
  const { operations, sequences, seconds, divergence } = result
  const operationsPerSecond = seconds > 0 ? Math.round(operations / seconds) : 0
  return { name, machine, operations, sequences, seconds, operationsPerSecond, settled, divergence: divergence ?? null }
}

/** For a shell, to which # begins a comment and a space ends a word. */
function quoted(seed: string): string {
  return `'${seed.replaceAll("'", `'\\''`)}'`
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.clean
    note(`conformance: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}; see --help`)
    return exitCodes.usage
  }
  if (error instanceof UsageError) {
    note(`conformance: ${error.message}`)
    return exitCodes.usage
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  note(`conformance: this is a mistake of the tool itself: ${message}; STRANDLINE_DEBUG=1 shows where it happened`)
  if (process.env.STRANDLINE_DEBUG === '1') note(stack ?? '')
  return exitCodes.internal
}

forgiveClosedPipes()
try {
  process.exitCode = await run(parse(process.argv.slice(2)))
} catch (error) {
  process.exitCode = explain(error)
}
