/** When a failure became inevitable, and what would have saved it: for people, for the story and for machines. */
import {
  exactInterval,
  type Hindsight,
  type Place,
  type Point,
  type Prefix,
  type Told,
  traceDiff,
} from '../explore/index.ts'
import { diffLines } from './diff.ts'
import { clockTime } from './failure.ts'
import type { Paint } from './paint.ts'
import { inOrder } from './story.ts'
import { table, wrap } from './table.ts'

const INDENT = '  '
const WIDTH = 100
/** As wide as the longest label of a verdict, below which these lines stand. */
const LABEL_WIDTH = 'because'.length
const BARS = '▁▂▃▄▅▆▇█'

/** How the chance of failing grew, and after which step it was certain. */
export function inevitableLines(result: Hindsight, paint: Paint): string[] {
  const { curve, point } = result
  const isPlain = point?.steps === 0 || curve.length === 0
  const chances = isPlain ? [] : labelled('chance', chanceText(curve, point), paint)
  return [...labelled('when', point === undefined ? unknown(result) : sentence(result, point), paint), ...chances]
}

function labelled(label: string, text: string, paint: Paint): string[] {
  const cells = wrap(text, WIDTH).map((line, at) => (at === 0 ? [label, line] : ['', `${INDENT}${line}`]))
  return table(
    cells.map(([name, line]) => [paint('yellow', name!.padEnd(LABEL_WIDTH)), line!]),
    [],
    INDENT,
  )
}

function sentence({ before, turn }: Hindsight, point: Point): string {
  const { steps, decidedBy, reruns } = point
  const where = placed(point)
  const all = reruns === 0 ? '' : `: all ${reruns} reruns from there fail`
  if (decidedBy === 'scenario') return `the scenario alone decides${all.replace('there', 'the very start')}`
  const passing = before === undefined ? '' : `; ${passed(before)}`
  const turned = turn === undefined ? '' : `; ${asGoodAs(turn)}`
  if (decidedBy === 'failure')
    return `it was open to the end: the failing step ${steps} itself${where} decided it${passing}${turned}`
  if (decidedBy === 'calm') return `it was open until faults ended, after step ${steps}${where}${passing}${turned}`
  return `after step ${steps}${where} nothing saved it${all}${passing}${turned}`
}

function unknown({ before, turn }: Hindsight): string {
  if (before === undefined) return 'there was no time to find out when it became inevitable'
  const turned = turn === undefined ? '' : `; ${asGoodAs(turn)}`
  const passing = `after step ${before.steps} still ${before.reruns - before.failed} of ${before.reruns} reruns pass`
  return `${passing}; the step after which none does was not found in time${turned}`
}

function placed({ operationName, atUs }: Place): string {
  return operationName === undefined ? '' : ` (${operationName}, at ${clockTime(atUs)})`
}

function asGoodAs(turn: Place & Prefix): string {
  const from = turn.steps === 0 ? 'from the very start' : `after step ${turn.steps}${placed(turn)}`
  return `it was as good as decided ${from}: ${turn.failed} of ${turn.reruns} reruns from there fail`
}

function passed({ failed, reruns }: Prefix): string {
  return `from the step before ${reruns - failed} of ${reruns} pass`
}

/** Bars for all prefixes, numbers for four of them. */
function chanceText(curve: readonly Prefix[], point: Point | undefined): string {
  const bars = curve.map(({ failed, reruns }) => BARS[Math.round(((BARS.length - 1) * failed) / reruns)]).join('')
  const last = curve.length - 1
  const places = [...new Set([0, Math.round(last / 3), Math.round((2 * last) / 3), last])]
  const shown = places.map((at) => curve[at]!)
  const isComplete = point === undefined || curve[last]!.steps === point.steps
  const steps = [...shown.map((prefix) => prefix.steps), ...(isComplete ? [] : [point.steps])]
  const chances = [...shown.map(percent), ...(isComplete ? [] : ['100 %'])]
  return `${bars}${isComplete ? '' : BARS.at(-1)} after ${steps.join(', ')} steps ${chances.join(', ')} fail`
}

/** All and none are said only where it is all and none. */
function percent({ failed, reruns }: Prefix): string {
  if (failed === 0 || failed === reruns) return failed === 0 ? '0 %' : '100 %'
  return `${Math.min(99, Math.max(1, Math.round((100 * failed) / reruns)))} %`
}

/** The passing run that differs least, beside the failing one. */
export function nearestLines({ failing, closest }: Hindsight, paint: Paint): string[] {
  if (closest === undefined) return []
  const { run, steps } = closest
  const head = `The passing run that differs least has the first ${steps} steps in common with it`
  const broken = run.failures.map(({ invariant }) => invariant).join(', ')
  const but = broken === '' ? '' : `, though it breaks ${broken} as well`
  const legend = '- only in the failing run, + only in the passing one'
  const diff = traceDiff(inOrder(failing.told), inOrder(run.told))
  return [...wrap(`${head}${but} (${legend}):`, WIDTH), '', ...diffLines(diff, paint)]
}

/** A line for the story, in its place; undefined where the whole run or its last step is the answer. */
export function markOf({ point }: Hindsight): Told | undefined {
  if (point === undefined || point.decidedBy === 'scenario' || point.decidedBy === 'failure') return undefined
  const after = point.decidedBy === 'calm' ? 'faults have ended' : `after ${point.operationName}`
  return { atUs: point.atUs, actor: 'hindsight', about: [], text: `${after}, nothing saves it any more` }
}

/** Chances are proportions in [0, 1] with their exact 95 % interval. */
export function inevitabilityJson({ failing, failure, curve, point, before, turn, closest, runs }: Hindsight) {
  return {
    invariant: failure.invariant,
    failedAtStep: failure.step,
    point: point === undefined ? null : pointJson(point),
    before: before === undefined ? null : prefixJson(before),
    turn: turn === undefined ? null : { ...placeJson(turn), ...prefixJson(turn) },
    curve: curve.map(prefixJson),
    closest:
      closest === undefined
        ? null
        : { steps: closest.steps, diff: diffJson(inOrder(failing.told), inOrder(closest.run.told)) },
    runs,
  }
}

function pointJson(point: Point) {
  return { ...placeJson(point), decidedBy: point.decidedBy, reruns: point.reruns }
}

function placeJson({ steps, operationName, atUs }: Place) {
  return { steps, operation: operationName ?? null, atMs: atUs / 1000 }
}

function prefixJson({ steps, failed, reruns }: Prefix) {
  const { low, high, confidence } = exactInterval(failed, reruns)
  return { steps, failed, reruns, interval: { low, high, confidence } }
}

function diffJson(failing: readonly Told[], passing: readonly Told[]) {
  return traceDiff(failing, passing).flatMap(({ kind, line: { atUs, actor, text } }) =>
    kind === 'same' ? [] : [{ only: kind, atMs: atUs / 1000, actor, text }],
  )
}
