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
  const noun = kind === 'faults' ? 'fault' : 'operation'
  const points = alone.reduce((sum, one) => sum + one.points, 0)
  const survived = alone.reduce((sum, one) => sum + one.survived, 0)
  const verdict = broken.length === 0 ? paint('green', 'all survived') : paint('red', 'not all survived')
  const what =
    kind === 'faults'
      ? `${plural(points, 'point')} at which a fault could strike`
      : `${plural(points, 'operation')} that could come behind another one at the same thing`
  const rows = alone.map((one) => [
    kind === 'faults' ? one.kind : 'put off',
    `${count(one.survived)} of ${count(one.points)}`,
    '',
  ])
  const left = pairs.all - pairs.played
  const more = left > 0 ? `the others of ${count(pairs.all)} pairs were not tried, or had failed alone` : ''
  const two = [`two together`, `${count(pairs.survived)} of ${count(pairs.played)}`, paint('dim', more)]
  return [
    `${verdict}: ${count(survived)} of ${plural(points, kind === 'faults' ? 'point' : 'schedule')} survived alone, ${count(pairs.survived)} of ${plural(pairs.played, 'pair')}${isComplete ? '' : ', and it was stopped before it had tried all'}`,
    ...table([[paint('dim', noun), paint('dim', 'survived'), ''], ...rows, two], ['left', 'right', 'left'], INDENT),
    paint('dim', `${INDENT}the calm run has ${plural(steps, 'step')}, ${what}`),
  ]
}

function searchLines(swept: Searched, paint: Paint): string[] {
  const { schedules, failed, isComplete, isCut, redundant, longest } = swept
  const others = isComplete ? 'there are no others' : 'there are more'
  const apart = isCut ? `, told apart by their first ${plural(longest, 'step')}` : ''
  const given = redundant === 0 ? 'no run was in vain' : `${plural(redundant, 'run')} told nothing new`
  const verdict =
    failed === 0
      ? `${paint('green', isComplete ? 'all survived' : 'all survived so far')}: ${plural(schedules, 'inequivalent schedule')}`
      : `${paint('red', 'not all survived')}: ${count(failed)} of ${plural(schedules, 'inequivalent schedule')} failed`
  return [
    `${verdict}${apart}, and ${others}`,
    paint('dim', `${INDENT}the longest has ${plural(longest, 'step')} before calm; ${given}`),
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

function searchJsonOf({ schedules, failed, redundant, isCut, longest }: Searched) {
  return { schedules, failed, redundant, cut: isCut, longest }
}
