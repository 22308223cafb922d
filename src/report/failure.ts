/** A failure for people: its story, what is broken and why, and what has to happen for it. */
import type { Failure, Invariant, Run, Told } from '../explore/index.ts'
import { CONSTRAINTS_MAX, commandsOf, constraintsOf, rateSentence } from './constraints.ts'
import type { Paint } from './paint.ts'
import type { Found } from './result.ts'
import { inOrder, storyOf } from './story.ts'
import { table, wrap } from './table.ts'

const DETAILS_SHOWN = 4
const INDENT = '  '
const WIDTH = 100

/** What the explorer itself watches, whatever the subject. */
const always: Readonly<Record<string, string>> = {
  STRAND: 'work is neither finished nor able to finish any more',
  STALE: 'whoever has lost a row to a later owner writes to it no more',
  'STALE-PID': 'nobody asks for, or signals, a pid that has passed to another process',
  REST: 'the system must come to rest once everything is done',
  UNHANDLED: 'every error must be handled by somebody',
  AMBIENT: 'nothing may touch the real machine during a run',
}

type Described = Pick<Invariant, 'name' | 'story'>

/** What an invariant says, in one sentence. */
export function meaningOf(name: string, invariants: readonly Described[]): string {
  return invariants.find((invariant) => invariant.name === name)?.story ?? always[name] ?? ''
}

/** Seconds since the start of the run, to the millisecond. */
export function clockTime(us: number): string {
  return `${(us / 1_000_000).toFixed(3)} s`
}

export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

/** In a story data that is passed along is noise. */
export function elided(text: string): string {
  return firstLine(text).replace(/\{"[^{}]{20,}\}/g, '{…}')
}

function toldRow({ atUs, actor, text }: Told, paint: Paint): string[] {
  const alarming = actor === 'oracle'
  return [paint('dim', clockTime(atUs)), paint(alarming ? 'red' : 'cyan', actor), alarming ? paint('red', text) : text]
}

/** Time, who, what, in columns. */
export function toldLines(told: readonly Told[], paint: Paint): string[] {
  const head = ['time', 'who', 'what'].map((title) => paint('dim', title))
  return table([head, ...inOrder(told).map((line) => toldRow(line, paint))], ['right'], INDENT)
}

/** The story in a dozen lines and two, with a mark where there was no way back. */
export function storyLines(run: Run, failure: Failure, paint: Paint, mark?: Told): string[] {
  const { lines, leftOut } = storyOf(run, failure)
  // The reason follows below in full.
  const own = `${failure.invariant} is broken`
  const shown = lines.map((line) => ({ ...line, text: line.text.startsWith(own) ? own : elided(line.text) }))
  const more = leftOut === 1 ? '1 line is' : `${leftOut} lines are`
  const note = leftOut === 0 ? [] : [paint('dim', `${INDENT}(${more} left out; replay with --trace shows everything)`)]
  return [...toldLines(mark === undefined ? shown : [...shown, mark], paint), ...note]
}

/** What is broken, why, what else broke with it, and, of a failure made small, what has to happen for it. */
export function verdictLines(
  run: Run,
  failure: Failure,
  invariants: readonly Described[],
  paint: Paint,
  found?: Pick<Found, 'scenario' | 'choices' | 'explanation'>,
): string[] {
  const [reason, ...details] = failure.reason.split('\n')
  const others = run.failures.filter((one) => one !== failure).map(({ invariant }) => invariant)
  const rows = [
    [paint('red', 'broken'), `${paint('bold', failure.invariant)}: ${meaningOf(failure.invariant, invariants)}`],
    ['because', reason!],
    ...details.slice(0, DETAILS_SHOWN).map((line) => ['', line.trim()]),
    ...(others.length === 0 ? [] : [['also', others.join(', ')]]),
    ...(found === undefined ? [] : needs(found).map((line, at) => [at === 0 ? 'needs' : '', line])),
  ].flatMap(([label, text]) => wrap(text!, WIDTH).map((line, at) => (at === 0 ? [label!, line] : ['', `  ${line}`])))
  return table(rows, [], INDENT)
}

function needs({ scenario, choices, explanation }: Pick<Found, 'scenario' | 'choices' | 'explanation'>): string[] {
  const constraints = constraintsOf(choices, explanation)
  const known = [...commandsOf(scenario, choices), ...constraints.slice(0, CONSTRAINTS_MAX)]
  const lines = known.length === 0 ? ['nothing but a server that starts'] : known
  const more = constraints.length - CONSTRAINTS_MAX
  const rate = explanation === undefined || explanation.kept === 0 ? [] : [`(${rateSentence(explanation)})`]
  return [...lines, ...(more > 0 ? [`… and ${more} more such choices`] : []), ...rate]
}
