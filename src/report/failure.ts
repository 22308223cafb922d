/** A failure for people: its story, what is broken and why, and how to see it again. */
import type { Failure, Invariant, Run, Told } from '../explore/index.ts'
import { commandsOf, constraintsOf } from './constraints.ts'
import type { Paint } from './paint.ts'
import type { Found } from './result.ts'
import { storyOf } from './story.ts'
import { table } from './table.ts'

const CONSTRAINTS_SHOWN = 8
const INDENT = '  '

/** What the explorer itself watches, whatever the subject. */
const always: Readonly<Record<string, string>> = {
  STRAND: 'work is neither finished nor able to finish any more',
  STALE: 'an actor of one generation acted on state that by then belonged to another',
  REST: 'the system must come to rest once everything is done',
  UNHANDLED: 'every error must be handled by somebody',
  AMBIENT: 'nothing may touch the real machine during a run',
}

/** What an invariant says, in one sentence. */
export function meaningOf(name: string, invariants: readonly Pick<Invariant, 'name' | 'story'>[]): string {
  return invariants.find((invariant) => invariant.name === name)?.story ?? always[name] ?? ''
}

/** Seconds since the start of the run, to the millisecond. */
export function clockTime(us: number): string {
  return `${(us / 1_000_000).toFixed(3)} s`
}

export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

function toldLine({ atUs, actor, text }: Told, paint: Paint): string[] {
  const alarming = actor === 'oracle'
  return [paint('dim', clockTime(atUs)), paint(alarming ? 'red' : 'cyan', actor), alarming ? paint('red', text) : text]
}

/** Time, who, what, in columns. */
export function toldLines(told: readonly Told[], paint: Paint): string[] {
  const head = ['time', 'who', 'what'].map((title) => paint('dim', title))
  return table([head, ...told.map((line) => toldLine(line, paint))], ['right'], INDENT)
}

/** The story of a failure in at most a dozen lines and two, then what is broken, and why. */
export function storyLines(
  run: Run,
  failure: Failure,
  invariants: readonly Pick<Invariant, 'name' | 'story'>[],
  paint: Paint,
): string[] {
  const { lines, leftOut } = storyOf(run, failure)
  const ownLine = `${failure.invariant} is broken`
  const shown = lines.map((line) => {
    const own = line.actor === 'oracle' && line.text.startsWith(ownLine)
    return { ...line, text: own ? ownLine : firstLine(line.text) }
  })
  const more = leftOut === 1 ? '1 line is' : `${leftOut} lines are`
  const note = leftOut === 0 ? [] : [paint('dim', `${INDENT}(${more} left out; replay with --trace shows everything)`)]
  const broken = `${paint('bold', failure.invariant)}: ${meaningOf(failure.invariant, invariants)}`
  const [reason, ...details] = failure.reason.split('\n')
  const because = [
    [paint('red', 'broken'), broken],
    ['because', reason!],
    ...details.slice(0, 4).map((line) => ['', line.trim()]),
  ]
  return [...toldLines(shown, paint), ...note, '', ...table(because, [], INDENT)]
}

/** What a small failure still needs: its commands, and the choices that are not the usual ones. */
export function needsLines({ scenario, choices }: Pick<Found, 'scenario' | 'choices'>): string[] {
  const constraints = constraintsOf(choices, scenario)
  const shown = constraints.filter((text) => !text.includes(' arrives at '))
  const more = shown.length - CONSTRAINTS_SHOWN
  const lines = [...commandsOf(scenario, choices), ...shown.slice(0, CONSTRAINTS_SHOWN)]
  if (more > 0) lines.push(`… and ${more} more such choices`)
  return table(
    lines.map((line, at) => [at === 0 ? 'needs' : '', line]),
    [],
    INDENT,
  )
}
