/** Sees what is asked of the files of the runs, and what comes of it. */

import { codeOf } from '../../../src/host/hostError.ts'
import type { Files } from '../../../src/ports/index.ts'

export class Witness {
  /** The removals that failed, each with its errno. */
  readonly refused: string[] = []
  /** What was read last where, since the last time that this was emptied; null: there was nothing. */
  read: Record<string, string | null> = {}

  watch(files: Files): Files {
    const watched: Pick<Files, 'read' | 'remove'> = {
      read: async (path, bytesMax) => {
        const text = await files.read(path, bytesMax)
        this.read[path] = text ?? null
        return text
      },
      remove: async (path) => {
        try {
          await files.remove(path)
        } catch (error) {
          this.refused.push(`${path} ${codeOf(error)}`)
          throw error
        }
      },
    }
    return Object.assign(Object.create(files) as Files, watched)
  }
}
