/** What a sweep tried and what did not survive it. */
import type { BrokenAt, Deviations, Failure, Searched } from '../explore/index.ts'
import { constraintsOf } from './constraints.ts'
import { firstLine } from './failure.ts'
import type { Paint } from './paint.ts'
import { count, plural } from './rate.ts'
import { table } from './table.ts'

const INDENT = '  '

export interface SweepExample {
  readonly reason: string
  /** What had to go differently for it; empty where that is a whole schedule. */
  readonly where: readonly string[]
  readonly token: string
}

/** All that broke one invariant first. */
export interface SweepGroup {
  readonly invariant: string
  readonly kind: Failure['kind']
  readonly failed: number
  readonly examples: readonly SweepExample[]
}

interface Common {
  readonly subject: string
  readonly defect: string | undefined
  readonly family: string
  readonly commands: number
  readonly groups: readonly SweepGroup[]
  readonly seconds: number
}

export type SweepResult = Common &
  (
    | { readonly kind: 'faults' | 'delays'; readonly swept: Deviations }
    | { readonly kind: 'schedules'; readonly swept: Searched }
  )

/** Where a run departed from the calm one, as sentences. */
export function departures({ at }: BrokenAt): string[] {
  return at.flatMap(({ point: { name, operation }, value }) =>
    constraintsOf(new Map([[name, value]])).map((sentence) => `${sentence} (${operation})`),
  )
}

/** `replay` says how to see one again. */
export function sweepLines(result: SweepResult, paint: Paint, replay: (token: string) => string): string[] {
  const head =
    result.kind === 'schedules' ? searchLines(result.swept, paint) : deviationLines(result.kind, result.swept, paint)
  return [
    ...head,
    paint('dim', `${INDENT}${effort(result)}`),
    ...result.groups.flatMap((group) => groupLines(group, paint, replay)),
  ]
}

function effort({ swept: { runs }, seconds }: SweepResult): string {
  const rate = seconds > 0 ? Math.round(runs / seconds) : 0
  return `${plural(runs, 'run')} in ${seconds.toFixed(1)} s, ${count(rate)} runs/s`
}

function deviationLines(kind: 'faults' | 'delays', swept: Deviations, paint: Paint): string[] {
  const { steps, alone, pairs, broken, isComplete } = swept
  if (broken.some(({ at }) => at.length === 0))
    return [
      `${paint('red', 'failed')}: this scenario fails although nothing strikes and everything takes its typical time`,
    ]
  const isOfFaults = kind === 'faults'
  const points = alone.reduce((sum, one) => sum + one.points, 0)
  const survived = alone.reduce((sum, one) => sum + one.survived, 0)
  const head = [isOfFaults ? 'fault' : 'operation', 'survived'].map((title) => paint('dim', title))
  const rows = alone.map((one) => [isOfFaults ? one.kind : 'put off', outOf(one.survived, one.points)])
  const what = isOfFaults
    ? `${plural(points, 'point')} at which a fault could strike`
    : `${plural(points, 'operation')} that could come behind another one at the same thing`
  const all = broken.length > 0 ? 'not all survived' : isComplete ? 'all survived' : 'all survived so far'
  const two = pairs.played === 0 ? '' : `, ${outOf(pairs.survived, pairs.played)} pairs`
  const stopped = isComplete ? '' : ', and it was stopped before it had tried all'
  return [
    `${paint(broken.length > 0 ? 'red' : 'green', all)}: ${outOf(survived, points)} ${isOfFaults ? 'points' : 'schedules'} survived alone${two}${stopped}`,
    ...table([head, ...rows, ...pairRows(pairs, paint)], ['left', 'right', 'left'], INDENT),
    paint('dim', `${INDENT}the calm run has ${plural(steps, 'step')}, ${what}`),
  ]
}

function outOf(survived: number, all: number): string {
  return `${count(survived)} of ${count(all)}`
}

function pairRows({ all, played, survived }: Deviations['pairs'], paint: Paint): string[][] {
  if (played === 0) return []
  const others = all === played ? '' : `the others of ${count(all)} pairs were not tried, or had failed alone`
  return [['two together', outOf(survived, played), paint('dim', others)]]
}

function searchLines(swept: Searched, paint: Paint): string[] {
  const { schedules, failed, isComplete, untilMs, redundant, longest } = swept
  const others = isComplete ? 'there are no others' : 'there are more'
  const given = redundant === 0 ? 'no run was in vain' : `${plural(redundant, 'run')} told nothing new`
  const verdict =
    failed === 0
      ? `${paint('green', isComplete ? 'all survived' : 'all survived so far')}: ${plural(schedules, 'inequivalent schedule')}`
      : `${paint('red', 'not all survived')}: ${count(failed)} of ${plural(schedules, 'inequivalent schedule')} failed`
  return [
    `${verdict}, and ${others}`,
    paint(
      'dim',
      `${INDENT}told apart up to ${count(Math.round(untilMs))} ms, in which the longest has ${plural(longest, 'step')}; ${given}`,
    ),
  ]
}

function groupLines(
  { invariant, failed, examples }: SweepGroup,
  paint: Paint,
  replay: (token: string) => string,
): string[] {
  const more = failed > examples.length ? `, ${count(examples.length)} of them here` : ''
  return [
    '',
    `${paint('bold', invariant)}: ${plural(failed, 'failure')}${more}`,
    ...examples.flatMap(({ reason, where, token }) => [
      `${INDENT}${firstLine(reason)}`,
      ...where.map((sentence) => `${INDENT}${INDENT}when ${sentence}`),
      `${INDENT}${INDENT}${replay(token)}`,
    ]),
  ]
}

/** These shapes are promised: fields may be added, never renamed. */
export function sweepJson(result: SweepResult) {
  const { kind, subject, defect, family, commands, groups, seconds, swept } = result
  const { runs, isComplete } = swept
  return {
    command: 'sweep',
    kind,
    subject,
    defect: defect ?? null,
    family,
    commands,
    ...(result.kind === 'schedules' ? searchJsonOf(result.swept) : deviationsJson(result.swept)),
    failures: groups.flatMap(({ invariant, kind, examples }) =>
      examples.map(({ reason, where, token }) => ({ invariant, kind, reason, where, token })),
    ),
    broken: groups.map(({ invariant, failed }) => ({ name: invariant, hits: failed })),
    complete: isComplete,
    runs,
    seconds,
    runsPerSecond: seconds > 0 ? runs / seconds : 0,
  }
}

function deviationsJson({ steps, alone, pairs, broken }: Deviations) {
  return {
    steps,
    points: alone.map(({ kind, points, survived }) => ({ name: kind, points, survived })),
    pairs,
    failed: broken.map(({ at, failures }) => ({
      at: at.map(({ point, value }) => ({ name: point.kind, operation: point.operation, choice: point.name, value })),
      invariants: failures.map(({ invariant }) => invariant),
    })),
  }
}

function searchJsonOf({ schedules, failed, redundant, untilMs, longest }: Searched) {
  return { schedules, failed, redundant, longest, untilMs }
}
