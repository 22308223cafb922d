/** The simulated engine with a mistake planted in it. */
import type { SimEngine } from '../../src/sim/engine/engine.ts'
import { built, type Mistake as Planted } from '../plantedSource.ts'

const DIRECTORY = new URL('../../src/sim/engine/', import.meta.url)
const FILES = ['request.ts', 'container.ts', 'registry.ts', 'engine.ts'] as const

export type Mistake = Planted<(typeof FILES)[number]>

/** Throws if the text of the mistake does not stand exactly once in its file. */
export function engineWith(mistake: Mistake): typeof SimEngine {
  return built(DIRECTORY, FILES, [mistake], 'SimEngine')
}
