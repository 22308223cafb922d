/** One family of scenarios for each system: its crew, and up to six tasks that have nothing to do with it. */
import fc from 'fast-check'
import type { Family } from '../../explore/index.ts'
import type { Command } from '../../sim/index.ts'
import type { System, Work } from './system.ts'

/** Sets a task of the system going. */
export interface Task {
  readonly kind: string
}

export interface Noise extends Task {
  readonly kind: 'noise'
  readonly cell: number
  readonly steps: number
}

type Unnamed = Omit<Command<Task>, 'id'>

const NOISE_MAX = 6
/** So many that nobody waits for a thread: only the order of steps decides. */
const THREADS = 16
const TAIL_MS = 5_000

export const noiseCells = { noise0: 0, noise1: 0, noise2: 0 }
type NoiseCell = keyof typeof noiseCells

export function makeNoise({ cell, steps }: Noise): Work<NoiseCell> {
  const name = Object.keys(noiseCells)[cell] as NoiseCell
  return async (bench) => {
    for (let n = 0; n < steps; n++) await bench.step('noise', [name], ({ add }) => add(name, 1))
  }
}

const atOnce = fc.constant({ ms: 0 })

const noise: fc.Arbitrary<Unnamed> = fc.record({
  at: atOnce,
  do: fc.record({
    kind: fc.constant('noise' as const),
    cell: fc.nat(Object.keys(noiseCells).length - 1),
    steps: fc.integer({ min: 1, max: 3 }),
  }),
})

export function familyOf({ name, story, crew, arrivals = {}, faults = [], horizon }: System): Family<Task> {
  const base = crew.map((kind) => fc.record({ at: arrivals[kind] ?? atOnce, do: fc.constant({ kind }) }))
  return {
    weight: 1,
    story,
    base,
    command: noise,
    more: NOISE_MAX,
    faults,
    settings: () => ({ system: name }),
    profile: () => ({ poolSize: THREADS, tailMs: TAIL_MS, horizon }),
  }
}
