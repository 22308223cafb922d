/**
 * The causal path of what happens in a run. A chain is a line of steps of which each caused the next; what a step starts
 * beside its continuation forks a chain of its own. Every operation's key is `chain/label#k`, with k counted within the
 * chain: deleting an unrelated command renames nothing. Paths are built only when somebody reads them.
 */
import { identity, type Label, label, mixHigh, mixLow } from './hash.ts'

export class Chain {
  readonly parent: Chain | undefined
  readonly label: Label
  readonly k: number
  readonly h1: number
  readonly h2: number
  /** Numbers chains in the order of their creation within a run, for strategies that give priorities. */
  readonly serial: number
  /** Where the chain begins: a command, a server, an entity. */
  readonly root: Chain
  /** Is it of the rounds of a periodic loop? What else happens is foreground. */
  isPeriodic: boolean
  /** The latest call on this chain: what a reply on it answers. */
  latest: { readonly label: Label; readonly turn: number } | undefined
  /** Labels used in this chain and how often: few, so that looking through them beats a map. */
  private readonly labels: Label[] = []
  private readonly counts: number[] = []
  private turns: Map<Label, number> | undefined

  constructor(parent: Chain | undefined, label: Label, k: number, serial: number) {
    this.parent = parent
    this.label = label
    this.k = k
    this.serial = serial
    this.root = parent === undefined ? this : parent.root
    this.isPeriodic = parent?.isPeriodic ?? false
    const value = label.hash + k
    this.h1 = mixLow(parent === undefined ? 0 : parent.h1, value)
    this.h2 = mixHigh(parent === undefined ? 0 : parent.h2, value)
  }

  /** How often this label was used in this chain before. */
  count(label: Label): number {
    const at = this.labels.indexOf(label)
    if (at >= 0) return this.counts[at]!++
    this.labels.push(label)
    this.counts.push(1)
    return 0
  }

  /** How often this label was used below this root, this time included: what people count by. */
  turn(label: Label): number {
    this.turns ??= new Map()
    const turn = (this.turns.get(label) ?? 0) + 1
    this.turns.set(label, turn)
    return turn
  }

  /** Does this chain descend from that one? */
  within(ancestor: Chain): boolean {
    for (let chain: Chain | undefined = this; chain !== undefined; chain = chain.parent)
      if (chain === ancestor) return true
    return false
  }

  get path(): string {
    const segment = this.k === 0 ? this.label.text : `${this.label.text}#${this.k}`
    return this.parent === undefined ? segment : `${this.parent.path}/${segment}`
  }
}

/** The same for the same causal path, in whatever run. */
export function pathIdentity({ h1, h2 }: Pick<Chain, 'h1' | 'h2'>): number {
  return identity(h1, h2)
}

/** The 53-bit identity of `path/purpose`, as the run computes it without building the path. */
export function keyOf(path: string, purpose: string): number {
  let h1 = 0
  let h2 = 0
  for (const segment of path.split('/')) {
    const at = segment.lastIndexOf('#')
    const k = at < 0 ? 0 : Number(segment.slice(at + 1))
    const value = label(at < 0 ? segment : segment.slice(0, at)).hash + k
    h1 = mixLow(h1, value)
    h2 = mixHigh(h2, value)
  }
  const { hash } = label(purpose)
  return identity(mixLow(h1, hash), mixHigh(h2, hash))
}
