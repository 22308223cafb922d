/** Real short jobs of every awkward kind. Each appends a line to one file when it begins and when it ends. */
import type { CommandSpec } from '../src/library/index.ts'

interface Kind {
  readonly name: string
  readonly weight: number
  /** What it does between its two lines, in the words of sh. */
  readonly script: (random: () => number) => string
}

const kinds: readonly Kind[] = [
  { name: 'quick', weight: 55, script: () => ':' },
  { name: 'short', weight: 25, script: (random) => `sleep ${(0.05 + 0.75 * random()).toFixed(3)}` },
  { name: 'fails at first', weight: 8, script: () => 'test "$STRANDLINE_ATTEMPT" -gt 1 || exit 1' },
  { name: 'leaves a child', weight: 5, script: () => 'sleep 60 & sleep 0.05' },
  { name: 'leaves a session', weight: 4, script: () => 'setsid sleep 60 & sleep 0.05' },
  { name: 'deaf to SIGTERM', weight: 3, script: () => "trap '' TERM; sleep 0.3" },
]

/** What a job has written when it is done. */
export function outputOf(job: number): string {
  return `job ${job} was here\n`
}

export interface Draft {
  readonly kind: string
  readonly spec: CommandSpec
  /** After so many milliseconds somebody changes their mind; undefined: nobody does. */
  readonly cancelAfterMs: number | undefined
  /** After so many, somebody wants it gone, whatever has become of it by then. */
  readonly deleteAfterMs: number | undefined
}

const CANCELLED = 0.05
const DELETED = 0.05
/** Some are deleted before they run, some while they do and some after. */
const DELETE_MS = 2_000

/** A line is one write to a file opened for appending: lines of different processes never mix. */
const SCRIPT = (work: string) => `
echo "begin $STRANDLINE_JOB $STRANDLINE_RUN" >> "$EFFECTS"
${work}
echo "end $STRANDLINE_JOB $STRANDLINE_RUN" >> "$EFFECTS"
echo "job $STRANDLINE_JOB was here"
`

/** Every kind as often as it weighs. */
const lots = kinds.flatMap((kind) => Array<Kind>(kind.weight).fill(kind))

export function draft(random: () => number, effects: string): Draft {
  const kind = lots[Math.floor(random() * lots.length)]!
  const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', EFFECTS: effects }
  const argv = ['/bin/sh', '-c', SCRIPT(kind.script(random))] as const
  const cancelAfterMs = random() < CANCELLED ? 400 * random() : undefined
  const deleteAfterMs = random() < DELETED ? DELETE_MS * random() : undefined
  return { kind: kind.name, spec: { argv, environment, maxAttempts: 3 }, cancelAfterMs, deleteAfterMs }
}
