/** One family: compared, or with mistakes planted in it. What came of it, for people and for machines. */
import { type Progress, progressBar } from '../src/cli/progress.ts'
import { commandLine, note, paint } from '../src/cli/terminal.ts'
import { exitCodes } from '../src/cli/usage.ts'
import { count } from '../src/report/index.ts'
import { type Result, runCampaign } from './campaign.ts'
import { type Comparison, type Family, isSkipped } from './family.ts'
import type { Options } from './options.ts'
import { hunt, type Verdict } from './planted.ts'
import { agreementLine, divergenceLines, plantedLines, sideBySide } from './report.ts'

/** What one family came to: lines for people, data for machines. */
export interface Told {
  readonly code: number
  readonly lines: readonly string[]
  readonly json: object
}

export async function examine<Op>(
  family: Family<Op>,
  options: Options,
  seed: string,
  signal: AbortSignal,
): Promise<Told> {
  const { name } = family
  const opened = await family.open()
  if (isSkipped(opened)) {
    const lines = [`${name}: skipped: ${opened.skipped}`]
    return { code: exitCodes.clean, lines, json: { name, skipped: opened.skipped } }
  }
  note(`${name}: ${opened.machine}`)
  try {
    if (options.mutants) return await plant(name, opened, seed, signal)
    return (await replaySettled(family, opened)) ?? (await compare(family, opened, options, seed, signal))
  } finally {
    await opened.close()
  }
}

/** Undefined if all that was settled still is. */
async function replaySettled<Op>(family: Family<Op>, comparison: Comparison<Op>): Promise<Told | undefined> {
  const { name } = family
  for (const { story, ops } of comparison.settled) {
    const { divergence } = await comparison.compare(ops)
    if (divergence === undefined) continue
    const lines = [paint('red', `${name}: no longer settled: ${story}`), '', ...sideBySide(divergence, family, paint)]
    return { code: exitCodes.found, lines, json: { name, unsettled: story, rows: divergence } }
  }
  return undefined
}

async function compare<Op>(
  family: Family<Op>,
  { machine, sequences, settled, compare }: Comparison<Op>,
  { time, operations = time === undefined ? family.operations : undefined }: Options,
  seed: string,
  signal: AbortSignal,
): Promise<Told> {
  const { name } = family
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
  const repeat = commandLine('conformance', '--family', name, '--seed', quoted(divergence.seed))
  const lines = divergenceLines(divergence, family, repeat, paint)
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
