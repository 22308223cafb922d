/** Two recordings of what should be one run, side by side: the first step in which they differ, and what stands there. */
import type { Paint } from '../report/index.ts'
import type { Ambient, RecordedStep, Recording } from './recording.ts'

const LINES_MAX = 4
const CONTEXT = 60

export interface Side {
  /** Where it was played, as in "the same, …". */
  readonly name: string
  readonly recording: Recording
}

export interface Divergence {
  readonly sentence: string
  readonly lines: readonly string[]
  /** Equal for what probably has the same cause: where in the code both sides were. */
  readonly cause: string
}

/** Undefined if the two recordings are alike. */
export function divergenceOf(sides: readonly [Side, Side], paint: Paint): Divergence | undefined {
  const [one, other] = [sides[0].recording, sides[1].recording]
  if (one.scenario !== other.scenario)
    return { sentence: 'the scenario itself was drawn differently', lines: drawnLines(sides), cause: 'drawing' }
  const at = firstDifference(one.steps, other.steps)
  if (at !== undefined) {
    const lines = [...sideLines(sides[0], other, at, paint), ...sideLines(sides[1], one, at, paint)]
    const cause = [one, other].map(({ steps }) => steps[at]?.frames.join()).toSorted()
    return { sentence: `step ${at + 1} is the first that differs`, lines, cause: cause.join() }
  }
  if (one.broken.join() === other.broken.join()) return undefined
  const lines = sides.map(({ name, recording: { broken } }) => `${name}: ${broken.join('; ') || 'nothing is broken'}`)
  return { sentence: `all ${one.steps.length} steps are alike, the verdicts are not`, lines, cause: 'verdict' }
}

/** What was called of the real machine, and by whom. */
export function ambientLines({ what, frames }: Ambient): string[] {
  return labelled(`${what} was called`, 'by', frames.length === 0 ? ['code that left no trace'] : frames)
}

function firstDifference(one: readonly RecordedStep[], other: readonly RecordedStep[]): number | undefined {
  const length = Math.max(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [one[at], other[at]]
    if (a?.path !== b?.path || a?.atUs !== b?.atUs || a?.hash !== b?.hash) return at
  }
  return undefined
}

function sideLines({ name, recording }: Side, other: Recording, at: number, paint: Paint): string[] {
  const { steps, ambient } = recording
  const step = steps[at]
  const title = paint('bold', `${name}:`)
  const touched = ambient === undefined ? [] : ambientLines(ambient).map((line) => `  ${line}`)
  if (step === undefined) return ['', `${title} the run ended after step ${steps.length}`, ...touched]
  const { name: called, path, atUs, hash, committed, frames } = step
  const counterpart = other.steps.find((one) => one.path === path)
  const there =
    counterpart === undefined
      ? insteadOf(step, recording, other)
      : `step ${counterpart.index}, ${seconds(counterpart.atUs)}`
  const told = recording.told.filter((one) => one.atUs === atUs).map(({ actor, text }) => `${actor}: ${text}`)
  return [
    '',
    `${title} ${called} ${seconds(atUs)} (trace ${hash.toString(36)})`,
    `  path       ${path}`,
    ...(counterpart?.index === at + 1 ? [] : [`  elsewhere  ${there}`]),
    ...labelled('  committed', '', committed.length === 0 ? ['nothing'] : committed),
    ...(told.length === 0 ? [] : labelled('  told     ', '', told)),
    ...labelled('  issued at', '', frames.length === 0 ? ['the simulated machine itself'] : frames),
    ...touched,
  ]
}

/** What the same cause set off on the other side. */
function insteadOf({ cause }: RecordedStep, { steps }: Recording, other: Recording): string {
  const here = new Set(steps.map(({ path }) => path))
  const instead = other.steps.find((one) => one.cause === cause && !here.has(one.path))
  if (instead === undefined) return 'does not happen'
  const [frame = 'the simulated machine itself'] = instead.frames
  return `does not happen: step ${cause} set off ${instead.name} instead, at ${frame}`
}

function seconds(us: number): string {
  return `at ${(us / 1e6).toFixed(6)} s`
}

function labelled(label: string, joint: string, all: readonly string[]): string[] {
  const shown = all.length > LINES_MAX ? [...all.slice(0, LINES_MAX), `… and ${all.length - LINES_MAX} more`] : all
  const head = joint === '' ? label : `${label} ${joint}`
  return shown.map((line, nth) => `${nth === 0 ? head : ' '.repeat(head.length)}  ${line}`)
}

/** The part of two texts in which they begin to differ. */
function drawnLines(sides: readonly [Side, Side]): string[] {
  const [one, other] = [sides[0].recording.scenario, sides[1].recording.scenario]
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  const from = Math.max(0, at - CONTEXT)
  return sides.map(({ name, recording: { scenario } }) => `${name}: …${scenario.slice(from, at + CONTEXT)}…`)
}
