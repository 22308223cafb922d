/** The orchestrator, for programs that embed it. */
export type { Ending } from '../model/ending.ts'
export type { Fence, JobId, LifeId, RunId } from '../model/ids.ts'
export type { JobStatus } from '../model/lifecycle.ts'
export { Attempt } from './attempt.ts'
export type { Claim, CommandSpec, Job, JobSpec, OpenLife, OwnLife, Run, Running, TaskSpec } from './job.ts'
export { Launcher } from './launcher.ts'
export { defaultOptions, type Options, optionsFromEnvironment } from './options.ts'
export { Orchestrator, type Parts, type Setup, type Status, type Stopped, standardParts } from './orchestrator.ts'
export { endingOf } from './outcome.ts'
export { isStorageError } from './persist.ts'
export { ProcessAttempt } from './processAttempt.ts'
export { Reaper, type ReaperHooks, referenceTo } from './reaper.ts'
export { Recovery } from './recovery.ts'
export { Remover } from './remover.ts'
export { Sanitizer } from './sanitizer.ts'
export { migrate, SCHEMA_VERSION, SchemaError } from './schema.ts'
export * as sql from './sql.ts'
export { SqliteStore, type Statements } from './sqliteStore.ts'
export type {
  CancelResult,
  DeleteResult,
  Ended,
  Impossible,
  Orphaned,
  ReapReason,
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
