/** What a server's view of the processes needs of the machine that it runs on. */
import type { Exit } from '../ports/index.ts'
import type { Chain } from './chain.ts'
import type { ContainerRuntime } from './containerRuntime.ts'
import type { Disk } from './disk.ts'
import type { View } from './files/index.ts'
import type { Life } from './life.ts'
import type { ProcessTable, SimProcess } from './processTable.ts'
import type { Program, Programs } from './program.ts'
import type { World } from './world.ts'

export interface ProcessHost {
  readonly bootId: string
  readonly world: World
  readonly table: ProcessTable
  readonly programs: Programs
  readonly disk: Disk
  readonly containers: ContainerRuntime
  /** What the servers see of the files. */
  readonly files: View
  /** Lets a process run its program; the promise resolves when its parent is told of its end. */
  run(process: SimProcess, program: Program, life: Life | undefined, chain: Chain): Promise<Exit>
  /** A process got a signal for which it has a handler. */
  handled(process: SimProcess): void
  /** Which generations do the rows that still matter mean by this pid? */
  meanings(pid: number): number[]
}
