/** Where runs keep what they write: each has a directory of its own, named by its id and by nothing that a user chose. */
import type { RunId } from '../model/ids.ts'

export interface Files {
  /** Bytes that can still be written, where there are fewest: beside the database or in the runs' directories. */
  freeBytes(): number
  /** The runs that have a directory. */
  runs(): Promise<readonly RunId[]>
  /** Removes a run's directory and all that is in it; fine if there is none. What is left after an error may be tried again. */
  removeRun(run: RunId): Promise<void>
}
