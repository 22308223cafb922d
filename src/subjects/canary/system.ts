/** A system in which one class of mistake can be made: its cells, its tasks, its rule, and the one part that may be wrong. */
import type fc from 'fast-check'
import type { Arrival, FaultName } from '../../sim/index.ts'
import type { Bench } from './bench.ts'

export type Work<Name extends string> = (bench: Bench<Name>) => Promise<unknown>
export type Tasks<Name extends string> = Readonly<Record<string, Work<Name>>>

export interface Rule<Name extends string> {
  /** STRAND: what breaks it is unfinished. */
  readonly name: string
  readonly story: string
  /** Of every committed state, or of the last one only. */
  readonly holds: 'always' | 'at the end'
  /** The cells it speaks of. */
  readonly about: readonly Name[]
  /** What is wrong with these values, or nothing. */
  broken(value: (name: Name) => number): string | undefined
}

interface Facts<Name extends string> {
  /** Of the family and the defect alike: it tells what the explorer must be good at to find it. */
  readonly name: string
  readonly story: string
  readonly mistake: string
  readonly cells: Readonly<Record<Name, number>>
  /** The tasks of every scenario, one command each, in this order. */
  readonly crew: readonly string[]
  /** When a task arrives that does not arrive at the beginning. */
  readonly arrivals?: Readonly<Record<string, fc.Arbitrary<Arrival>>>
  readonly faults?: readonly FaultName[]
  /** How many steps a run usually has. */
  readonly horizon: number
  readonly rule: Rule<NoInfer<Name>>
}

export interface System extends Facts<string> {
  readonly sound: Tasks<string>
  readonly flawed: Tasks<string>
}

interface Blueprint<Name extends string, Part> extends Facts<Name> {
  /** The part as it should be, and with the mistake. */
  readonly sound: Part
  readonly flawed: Part
  tasks(part: Part): Tasks<NoInfer<Name>>
}

export function defineSystem<Name extends string, Part>({ tasks, ...blueprint }: Blueprint<Name, Part>): System {
  return { ...blueprint, sound: tasks(blueprint.sound), flawed: tasks(blueprint.flawed) }
}
