/**
 * A constraint says that one step happens before another, in the names that traces use: `c1.cancel<c0.stamp`. The left of
 * a name is a command's id, its kind (any command of that kind) or a server, and may be left out; `#2` is the second of that
 * name below the same root, `.reply` the second half of a call.
 */
import { type Operation, replyLabel, type Scenario } from '../sim/index.ts'

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

const NAME = /^(?:([\w-]+|\*)\.)?([\w-]+?)(?:#(\d+))?(\.reply)?$/

export function parseConstraint(text: string): Constraint {
  const [before, after, ...rest] = text.split('<').map((part) => part.trim())
  if (after === undefined || rest.length > 0 || !NAME.test(before!) || !NAME.test(after))
    throw new ConstraintError(
      `"${text}" is not a constraint: write 'a<b', where a must come before b and both are names of steps as in "c1.cancel<c0.stamp" (replay --trace --steps lists them)`,
    )
  return { before: before!, after }
}

export type Matcher = (operation: Operation) => boolean

/** What a name means in this scenario. */
export function matcher(name: string, { commands }: Pick<Scenario<unknown>, 'commands'>): Matcher {
  const [, root, called, turn, reply] = NAME.exec(name)!
  const ofKind = commands.filter(({ do: what }) => (what as { kind?: string }).kind === root).map(({ id }) => id)
  const isRoot = (text: string) =>
    root === undefined || root === '*' || text === root || ofKind.includes(text) || text.replace(/\d+$/, '') === root
  const nth = turn === undefined ? undefined : Number(turn)
  return ({ call, label, chain }) =>
    call.label.text === called &&
    (label === replyLabel) === (reply !== undefined) &&
    (nth === undefined || call.turn === nth) &&
    isRoot(chain.root.label.text)
}

/** Follows a run and says what constraints forbid for now. */
export class Holds {
  private readonly all: readonly { readonly isBefore: Matcher; readonly isAfter: Matcher }[]
  private open: Holds['all']
  private broken = 0

  constructor(constraints: readonly Constraint[], scenario: Pick<Scenario<unknown>, 'commands'>) {
    this.all = constraints.map(({ before, after }) => ({
      isBefore: matcher(before, scenario),
      isAfter: matcher(after, scenario),
    }))
    this.open = this.all
  }

  begin(): void {
    this.open = this.all
    this.broken = 0
  }

  allows(operation: Operation): boolean {
    for (const { isAfter } of this.open) if (isAfter(operation)) return false
    return true
  }

  fired(operation: Operation): void {
    if (this.open.length === 0) return
    this.open = this.open.filter(({ isBefore, isAfter }) => {
      if (isBefore(operation)) return false
      if (!isAfter(operation)) return true
      this.broken++
      return false
    })
  }

  /** Has every first step come, and before its second? */
  get areKept(): boolean {
    return this.broken === 0 && this.open.length === 0
  }
}
