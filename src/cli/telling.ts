/** Makes a failure small while somebody watches, and tells it. */
import type { Draw, Hindsight } from '../explore/index.ts'
import { inevitableLines, markOf, nearestLines, plural, storyLines, verdictLines } from '../report/index.ts'
import { type Bounds, examine, type Finding, NotDeterministic } from './finding.ts'
import { replayWords, writtenAs } from './loading.ts'
import { progressBar } from './progress.ts'
import type { Outcome } from './tally.ts'
import type { Target } from './target.ts'
import { commandLine, note, paint, paintNote } from './terminal.ts'
import { newFlags, STOP } from './thread.ts'
import { exitCodes } from './usage.ts'

const SHRINK_MS_MAX = 30_000
const HINDSIGHT_MS_MAX = 6_000

/** How much time may be spent on what, and which invariant is of interest. */
export interface Telling {
  readonly msMax?: number
  readonly hindsightMs?: number
  readonly invariant?: string
}

export function shrinkAndTell(
  target: Target,
  draw: Draw,
  outcome: Outcome,
  signal: AbortSignal,
  { msMax = SHRINK_MS_MAX, hindsightMs = HINDSIGHT_MS_MAX, invariant }: Telling = {},
): Promise<Finding> {
  const sought = { hindsightMs, ...(invariant === undefined ? {} : { invariant }) }
  return watchShrinking(signal, msMax + hindsightMs, (bounds) =>
    examine(target, draw, outcome, { ...bounds, msMax, ...sought }),
  )
}

/** With progress shown; Ctrl-C ends the shrinking and keeps what it came to. */
export async function watchShrinking(
  signal: AbortSignal,
  msMax: number,
  work: (bounds: Bounds) => Promise<Finding>,
): Promise<Finding> {
  const flags = newFlags()
  const stop = () => Atomics.store(flags, STOP, 1)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  const bar = progressBar('making it small', msMax)
  const beginMs = performance.now()
  try {
    const onTried = (tried: number) => bar.update(performance.now() - beginMs, `${tried} candidates`)
    return await work({ msMax, flags, onTried })
  } finally {
    bar.stop()
    signal.removeEventListener('abort', stop)
  }
}

/** Says that the subject is not deterministic, where that is what was thrown; returns the exit code. */
export function notDeterministic({ subject }: Target, error: unknown): number {
  if (!(error instanceof NotDeterministic)) throw error
  note(
    `${paintNote('red', 'not deterministic')}: ${error.message}`,
    `Something in it depends on the real machine. "${commandLine('doctor', writtenAs(subject))}" looks for what.`,
  )
  return exitCodes.notDeterministic
}

/** The story, what the failure still needs, its token and how to see it again. */
export function findingLines(target: Target, finding: Finding): string[] {
  const { found, failure, run, commands, choices, hindsight } = finding
  const [main] = found
  return [
    paint(
      'dim',
      `made small: ${commands[0]} → ${plural(commands[1], 'command')}, ${choices[0]} → ${plural(choices[1], 'choice')}`,
    ),
    '',
    ...storyLines(run, failure, paint, hindsight === undefined ? undefined : markOf(hindsight)),
    '',
    ...verdictLines(run, failure, target.played.invariants, paint, main),
    ...(hindsight === undefined ? [] : hindsightLines(hindsight)),
    '',
    'It happens again with',
    paint('bold', commandLine('replay', ...replayWords(target.subject, main!.token))),
  ]
}

/** When nothing could save it any more, and the run that was saved and differs least. */
function hindsightLines(hindsight: Hindsight): string[] {
  const nearest = nearestLines(hindsight, paint)
  return [...inevitableLines(hindsight, paint), ...(nearest.length === 0 ? [] : ['', ...nearest])]
}
