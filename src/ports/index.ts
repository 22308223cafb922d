/** Everything that a system may ask of its machine. */
import type { Clock } from './clock.ts'
import type { Containers } from './containers.ts'
import type { Database } from './database.ts'
import type { Files } from './files.ts'
import type { Pool } from './pool.ts'
import type { Processes } from './processes.ts'
import type { Random } from './random.ts'

export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly processes: Processes
  readonly containers: Containers
  readonly files: Files
  readonly database: Database
  readonly pool: Pool
}

export type { Clock } from './clock.ts'
export {
  type Bind,
  ContainerError,
  type ContainerFailure,
  type ContainerReport,
  type ContainerSpec,
  type ContainerState,
  type Containers,
} from './containers.ts'
export type { Database, Row, RunResult, SqlValue, Statement } from './database.ts'
export type { Files } from './files.ts'
export type { Pool, Task } from './pool.ts'
export {
  type Child,
  type Delivery,
  type Exit,
  type Liveness,
  type PidSpace,
  type Processes,
  type ProcessIdentity,
  type ProcessReference,
  SpawnError,
  type SpawnSpec,
  type TerminationSignal,
} from './processes.ts'
export type { Random } from './random.ts'
