/** One server's view of the real machine, over one database file. */
import { resolve } from 'node:path'
import type { Ports } from '../ports/index.ts'
import { HostClock } from './clock.ts'
import { HostContainers } from './containers.ts'
import { closeDatabase, type Durability, openDatabase } from './database.ts'
import { HostFiles } from './files.ts'
import { processReader } from './identity.ts'
import { InlinePool } from './pool.ts'
import { HostProcesses } from './processes.ts'
import { HostRandom } from './random.ts'

const BUSY_MS = 5_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

export interface HostOptions {
  /** The database; made if there is none, in a directory that exists. */
  readonly file: string
  /** Where each run has its directory; beside the database by default: its name with `-runs`. */
  readonly runs?: string
  /** The container engine's socket; by default what DOCKER_HOST says, else Docker's own. Not touched before it is needed. */
  readonly engine?: string
  /** What a run may write to its standard output and error together: 64 MiB by default. More is dropped. */
  readonly outputBytesMax?: number
  readonly durability?: Durability
  /** How long a statement waits for the locks of others, and the program with it: 5 s by default. */
  readonly busyMs?: number
}

export interface Host {
  readonly ports: Ports & { readonly files: HostFiles; readonly processes: HostProcesses }
  /** Closes what was opened. Processes and containers that still run go on. */
  close(): void
}

/** Throws HostError where the machine, or the file, cannot be used. */
export function openHost({
  file,
  runs,
  engine,
  outputBytesMax = OUTPUT_BYTES_MAX,
  durability = 'normal',
  busyMs = BUSY_MS,
}: HostOptions): Host {
  const reader = processReader()
  const path = resolve(file)
  const database = openDatabase(path, { durability, busyMs })
  const files = new HostFiles(resolve(runs ?? `${path}-runs`), path)
  const processes = new HostProcesses(reader, files, outputBytesMax)
  const containers = new HostContainers(files, { engine, outputBytesMax })
  return {
    ports: {
      clock: new HostClock(),
      random: new HostRandom(),
      processes,
      containers,
      files,
      database,
      pool: new InlinePool(),
    },
    close: () => {
      processes.close()
      containers.close()
      closeDatabase(database)
    },
  }
}
