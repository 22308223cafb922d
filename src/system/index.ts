/** The orchestrator, for programs that embed it. */

export { type CancelResult, cancelStatus } from '../model/cancel.ts'
export type { Ending } from '../model/ending.ts'
export type { Fence, JobId, LifeId, RunId } from '../model/ids.ts'
export type { JobStatus } from '../model/lifecycle.ts'
export { Attempt } from './attempt.ts'
export { ensureAutoincrement } from './autoincrement.ts'
export { CommandAttempt } from './commandAttempt.ts'
export { ContainerAttempt } from './containerAttempt.ts'
export { ContainerLauncher, type ContainerWork, inside, labels } from './containerLauncher.ts'
export { idTables } from './idTables.ts'
export type {
  Claim,
  CommandSpec,
  ContainerJobSpec,
  Job,
  JobSpec,
  OpenLife,
  OwnLife,
  Run,
  Running,
  TaskSpec,
  WaitingRun,
} from './job.ts'
export { type Health, LaunchError, type Launched, type Launcher, type Work } from './launcher.ts'
export type { Launchers } from './launchers.ts'
export type { Listener } from './listeners.ts'
export { defaultOptions, type Options, optionsFromEnvironment } from './options.ts'
export { Orchestrator, type Setup, type Status } from './orchestrator.ts'
export { endingOf, type Outcome } from './outcome.ts'
export { type Parts, standardParts } from './parts.ts'
export { isStorageError } from './persist.ts'
export { ProcessAttempt } from './processAttempt.ts'
export { ProcessLauncher, referenceTo } from './processLauncher.ts'
export { Reaper, type ReaperHooks } from './reaper.ts'
export { Recovery, type RecoveryHooks } from './recovery.ts'
export { Registry, type RegistryHooks } from './registry.ts'
export { Remover } from './remover.ts'
export { mountPlace, type Places, placesAmong, placesOf, runPlace, statePlace } from './runPlace.ts'
export { Sanitizer } from './sanitizer.ts'
export { migrate, SCHEMA_VERSION, SchemaError, type Traces } from './schema.ts'
export { Shutdown, type Stopped } from './shutdown.ts'
export * as sql from './sql.ts'
export { SqliteStore, type Statements } from './sqliteStore.ts'
export type {
  DeleteResult,
  Ended,
  Impossible,
  Mark,
  Orphaned,
  Reap,
  RelaunchResult,
  Removable,
  Store,
  Survey,
} from './store.ts'
export { Sweeper } from './sweeper.ts'
export {
  type Handler,
  type Handlers,
  NonRetryableError,
  RetryableError,
  type TaskContext,
  type TaskJob,
} from './task.ts'
export { TaskAttempt } from './taskAttempt.ts'
export { HeldError, Tenancy } from './tenancy.ts'
