/** The simulated files with mistakes planted in them. */
import type { FileSystem } from '../../src/sim/files/index.ts'
import { built, type Mistake as Planted } from '../plantedSource.ts'

const DIRECTORY = new URL('../../src/sim/files/', import.meta.url)
const FILES = [
  ...(['inode.ts', 'mount.ts', 'path.ts', 'change.ts', 'openFile.ts', 'mounting.ts', 'view.ts'] as const),
  'fileSystem.ts',
] as const

export type Mistake = Planted<(typeof FILES)[number]>

/** Throws if the text of a mistake does not stand exactly once in its file. */
export function filesWith(planted: readonly Mistake[]): typeof FileSystem {
  return built(DIRECTORY, FILES, planted, 'FileSystem')
}
