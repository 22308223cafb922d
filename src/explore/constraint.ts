/**
 * A constraint says that one step happens before another, in the names that traces use: `c1.cancel<c0.stamp`. The left of
 * a name is a command's id, its kind (any command of that kind) or a server, and may be left out; `#2` is the second of that
 * name below the same root, `.reply` the second half of a call.
 */
import { type Command, type Operation, replyLabel, type Scenario } from '../sim/index.ts'

export interface Constraint {
  readonly before: string
  readonly after: string
}

/** A text is not a constraint. The message says what one looks like. */
export class ConstraintError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConstraintError'
  }
}

const NAME = /^(?:([\w-]+|\*)\.(?!reply$))?([\w-]+?)(?:#(\d+))?(\.reply)?$/

export function parseConstraint(text: string): Constraint {
  const [before, after, ...rest] = text.split('<').map((part) => part.trim())
  if (after === undefined || rest.length > 0 || !NAME.test(before!) || !NAME.test(after))
    throw new ConstraintError(
      `"${text}" is not a constraint: write 'a<b', where a must come before b and both are names of steps as in "c1.cancel<c0.stamp" (replay --trace --steps lists them)`,
    )
  if (before === after) throw new ConstraintError(`"${text}" can never be: a step does not come before itself`)
  return { before: before!, after }
}

type Matcher = (operation: Operation) => boolean

/** What a name means in this scenario. A task may be called what nobody could write here: then it is the whole name. */
export function matcher(name: string, { commands }: Pick<Scenario<unknown>, 'commands'>): Matcher {
  const parts = NAME.exec(name)
  if (parts === null) return (operation) => operation.name === name
  const [, root, called, turn, reply] = parts
  const ids = root === undefined ? [] : idsOf(root, commands)
  const isRoot = (text: string) =>
    root === undefined || root === '*' || ids.includes(text) || text === root || text.replace(/\d+$/, '') === root
  const nth = turn === undefined ? undefined : Number(turn)
  return ({ call, label, chain }) =>
    call.label.text === called &&
    (label === replyLabel) === (reply !== undefined) &&
    (nth === undefined || call.turn === nth) &&
    isRoot(chain.root.label.text)
}

/** The commands that a root names: by their id, or by their kind. */
function idsOf(root: string, commands: readonly Command<unknown>[]): string[] {
  return commands
    .filter(({ id, do: what }) => id === root || (what as { kind?: string }).kind === root)
    .map(({ id }) => id)
}

/** The commands below which a step of this name may happen; all, where the name says nothing of its root. */
export function commandsBehind<C>(name: string, commands: readonly Command<C>[]): readonly Command<C>[] {
  const root = NAME.exec(name)?.[1]
  if (root === undefined || root === '*') return commands
  const ids = idsOf(root, commands)
  return commands.filter(({ id }) => ids.includes(id))
}

interface Order {
  readonly isBefore: Matcher
  readonly isAfter: Matcher
}

/** Follows a run and says what constraints forbid for now. */
export class Holds {
  private readonly all: readonly Order[]
  /** Those whose first step has not come, and those whose second has not come since. */
  private open: readonly Order[]
  private half: readonly Order[] = []
  private isBroken = false

  constructor(constraints: readonly Constraint[], scenario: Pick<Scenario<unknown>, 'commands'>) {
    this.all = constraints.map(({ before, after }) => ({
      isBefore: matcher(before, scenario),
      isAfter: matcher(after, scenario),
    }))
    this.open = this.all
  }

  begin(): void {
    this.open = this.all
    this.half = []
    this.isBroken = false
  }

  allows(operation: Operation): boolean {
    for (const { isAfter } of this.open) if (isAfter(operation)) return false
    return true
  }

  fired(operation: Operation): void {
    if (this.half.length > 0) this.half = this.half.filter(({ isAfter }) => !isAfter(operation))
    if (this.open.length === 0) return
    const met = this.open.filter(({ isBefore }) => isBefore(operation))
    const broken = this.open.filter((order) => !met.includes(order) && order.isAfter(operation))
    if (met.length + broken.length === 0) return
    this.isBroken ||= broken.length > 0
    this.half = [...this.half, ...met]
    this.open = this.open.filter((order) => !met.includes(order) && !broken.includes(order))
  }

  /** Has every first step come, and its second after it? */
  get areKept(): boolean {
    return !this.isBroken && this.open.length === 0 && this.half.length === 0
  }
}
