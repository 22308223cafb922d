/** The simulated table with mistakes planted in it. */
import type { ProcessTable } from '../../src/sim/processTable.ts'
import { built, type Mistake as Planted } from '../plantedSource.ts'

const DIRECTORY = new URL('../../src/sim/', import.meta.url)
const FILES = ['signals.ts', 'pidNamespace.ts', 'processTable.ts'] as const

export type Mistake = Planted<(typeof FILES)[number]>

/** Throws if the text of a mistake does not stand exactly once in its file. */
export function tableWith(planted: readonly Mistake[]): typeof ProcessTable {
  return built(DIRECTORY, FILES, planted, 'ProcessTable')
}
