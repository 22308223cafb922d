/**
 * `strandline/system`: a queue of jobs in a SQLite file, a worker that carries them out, and the orchestrator's parts for
 * programs that bring a machine of their own.
 */
export { becomeInit, type Durability, type Host, HostError, type HostOptions, openHost } from '../host/index.ts'
export * from '../system/index.ts'
export { LeftFilesError } from './leftFilesError.ts'
export type { Place } from './opening.ts'
export { openQueue, type Queue, type QueueSettings } from './queue.ts'
export { SpecError } from './specError.ts'
export type { JobView, RunView, ServerView } from './views.ts'
export { startWorker, type Worker, type WorkerSettings, type WorkerStopped, workerOptions } from './worker.ts'
