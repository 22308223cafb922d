/**
 * The choices of a run: every decision that is not in the scenario, each under the key of the operation it belongs to and
 * a purpose. Drawing is a stateless hash of (seed, key), so no draw depends on how many came before it. A record of
 * earlier choices overrides: in a replay whatever the record does not name is 0, the calm value. Only values that differ
 * from the calm one are recorded.
 */
import { finalise, identity, type Label, label, mixHigh, mixLow } from './hash.ts'

/** What owns a choice: an operation or a chain, by its hashed path. */
export interface Keyed {
  readonly h1: number
  readonly h2: number
  readonly path: string
}

/** The one choice that is of the schedule. */
export const delayPurpose = label('delay')

/** The 53-bit identity of `path/purpose`: what `keyOf` computes from the text. */
export function choiceKey({ h1, h2 }: Pick<Keyed, 'h1' | 'h2'>, { hash }: Label): number {
  return identity(mixLow(h1, hash), mixHigh(h2, hash))
}

/** `path/purpose` → value; plain data, ordered as recorded. */
export type Record = ReadonlyMap<string, number>

interface Entry {
  owner: Keyed
  purpose: Label
  value: number
}

/** Where a run's choices come from. */
export type Source =
  | { readonly kind: 'seed'; readonly seed: number; readonly overrides?: ReadonlyMap<number, number> }
  | {
      readonly kind: 'record'
      readonly overrides: ReadonlyMap<number, number>
      /** A strategy decides when operations fire; everything else is as recorded. */
      readonly delays?: 'free'
    }

export class Choices {
  /** Of the record's keys, how many the run asked for: the others named something that no longer happened. */
  matched = 0
  /** Hears of every point at which a fault could strike. */
  onPoint: ((owner: Keyed, purpose: Label) => void) | undefined
  private readonly entries: Entry[] = []
  private seed1 = 0
  private seed2 = 0
  private overrides: ReadonlyMap<number, number> | undefined
  private drawing: boolean
  private freeDelays: boolean

  constructor(source: Source) {
    this.drawing = source.kind === 'seed'
    this.freeDelays = source.kind === 'seed' || source.delays === 'free'
    if (source.kind === 'seed') this.sow(source.seed)
    this.overrides = source.overrides !== undefined && source.overrides.size > 0 ? source.overrides : undefined
  }

  /** From here on everything is drawn anew, whatever was recorded. */
  fork(seed: number): void {
    this.drawing = true
    this.freeDelays = true
    this.overrides = undefined
    this.sow(seed)
  }

  private sow(seed: number): void {
    this.seed1 = finalise(seed | 0)
    this.seed2 = finalise(Math.floor(seed / 0x100000000) ^ 0x5bd1e995)
  }

  /** Does a record decide everything? */
  get replaying(): boolean {
    return !this.drawing
  }

  /** The recorded value of this choice, or undefined where the run draws it freely. */
  recorded(owner: Keyed, purpose: Label): number | undefined {
    if (this.overrides !== undefined) {
      const value = this.overrides.get(choiceKey(owner, purpose))
      if (value !== undefined) {
        this.matched++
        this.note(owner, purpose, value)
        return value
      }
    }
    return (purpose === delayPurpose ? this.freeDelays : this.drawing) ? undefined : 0
  }

  /** 32 uniform bits for this key, nothing recorded. */
  bits(owner: Keyed, purpose: Label): number {
    const low = mixLow(owner.h1 ^ this.seed1, purpose.hash)
    return finalise(low ^ mixHigh(owner.h2 ^ this.seed2, purpose.hash)) >>> 0
  }

  /** True with probability `rate`; the calm answer is no. */
  strikes(owner: Keyed, purpose: Label, rate: number): boolean {
    this.onPoint?.(owner, purpose)
    const recorded = this.recorded(owner, purpose)
    if (recorded !== undefined) return recorded !== 0
    if (this.bits(owner, purpose) >= rate * 0x100000000) return false
    this.note(owner, purpose, 1)
    return true
  }

  /** An integer in [0, count); 0 is the calm one. */
  pick(owner: Keyed, purpose: Label, count: number): number {
    const recorded = this.recorded(owner, purpose)
    if (recorded !== undefined) return Math.min(Math.max(recorded, 0), count - 1)
    const value = Math.floor((this.bits(owner, purpose) / 0x100000000) * count)
    this.note(owner, purpose, value)
    return value
  }

  /** 0 (calm) or, with probability `rate`, an integer in [low, high], log-uniform. */
  strikeSpread(owner: Keyed, purpose: Label, rate: number, low: number, high: number): number {
    this.onPoint?.(owner, purpose)
    const recorded = this.recorded(owner, purpose)
    if (recorded !== undefined) return recorded
    const bits = this.bits(owner, purpose)
    if (bits >= rate * 0x100000000) return 0
    const value = Math.round(low * (high / low) ** (finalise(bits ^ 0x27d4eb2f) / 0x100000000 + 0.5))
    this.note(owner, purpose, value)
    return value
  }

  note(owner: Keyed, purpose: Label, value: number): void {
    if (value !== 0) this.entries.push({ owner, purpose, value })
  }

  /** What was chosen, as plain data, in the order in which the run asked. */
  record(): Record {
    const record = new Map<string, number>()
    for (const { owner, purpose, value } of this.entries) record.set(`${owner.path}/${purpose.text}`, value)
    return record
  }
}
