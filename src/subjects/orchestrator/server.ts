/** One life of one server of the orchestrator in the simulated world, and what its clients ask it for. */
import type { Driver, Stage } from '../../explore/index.ts'
import type { JobId } from '../../model/ids.ts'
import { HeldError, isStorageError, Orchestrator, SqliteStore, standardParts } from '../../system/index.ts'
import { IMAGE, MISSING_IMAGE } from './agents.ts'
import { noteCancel } from './cancels.ts'
import { agentArgvOf, argvOf, type OrchestratorCommand, type Terms } from './command.ts'
import { listening } from './listening.ts'
import { migrateFirst } from './migrating.ts'
import { perRun } from './perRun.ts'
import { optionsOf, pausedUntil } from './rows.ts'
import { handlersOf, TASK } from './tasks.ts'
import type { Variant } from './variant.ts'
import { watched } from './watched.ts'

/** How often somebody who was refused the database tries again. */
const STANDBY_MS = 5_000

/** What clients ask for: an orchestrator has it, and so has a bare store where the orchestrator is elsewhere. */
type Front = Pick<Orchestrator, 'submit' | 'cancel' | 'delete' | 'relaunch' | 'connect'>

export async function boot(stage: Stage, variant: Variant): Promise<Driver<OrchestratorCommand>> {
  const { life, view } = stage
  const { ports } = life
  const parts = watched({ ...standardParts, ...variant.parts?.(standardParts, view) }, stage)
  const failed = (error: unknown) => {
    if (!isStorageError(error) && !isInTheWay(error) && !(error instanceof HeldError)) throw error
  }
  const setup = {
    options: optionsOf(view),
    handlers: handlersOf(stage),
    shared: view.settings.shared !== false,
    parts,
    onError: failed,
  }
  let orchestrator: Orchestrator | undefined
  const begin = async () => {
    try {
      orchestrator = await (variant.orchestrator ?? Orchestrator).start(ports, setup)
    } catch (error) {
      if (!(error instanceof HeldError)) throw error
      view.reached('a second orchestrator is refused')
    }
  }
  await migrateFirst(stage, variant)
  await begin()
  const standingBy = new AbortController()
  const standby = async () => {
    await begin()
    if (orchestrator !== undefined) standingBy.abort()
  }
  const waited =
    orchestrator === undefined
      ? ports.clock.every('standby', STANDBY_MS, standby, AbortSignal.any([standingBy.signal, life.signal]))
      : undefined
  const store = new SqliteStore(ports.database, ports.pool, optionsOf(view))
  const alone: Front = {
    submit: (spec) => store.submitJob(spec, ports.clock.nowMs()),
    cancel: (id) => store.cancelJob(id, ports.clock.nowMs()),
    delete: (id) => store.deleteJob(id, ports.clock.nowMs()),
    relaunch: (id) => store.relaunchJob(id, ports.clock.nowMs()),
    connect: () => undefined,
  }
  const jobs = jobIdsOf(view)
  return {
    carry: (command, id) => carry(command, id, orchestrator ?? alone, jobs, stage),
    gauges: () => ({
      impossible_queued_total: orchestrator?.impossibleQueuedTotal ?? 0,
      [pausedUntil(life.server)]: orchestrator?.pausedUntilMs ?? Number.NEGATIVE_INFINITY,
    }),
    stop: async () => {
      await waited
      await orchestrator?.stop()
    },
  }
}

/** Removing a directory may fail, for a while or, where the server may not do it, for ever. */
function isInTheWay(error: unknown): boolean {
  return /^(EBUSY|ENOTEMPTY|EACCES|EPERM)$|^$/.test(String((error as { code?: unknown }).code))
}

/** Which job each submit made: the clients' memory, which survives the servers. */
const jobIdsOf = perRun(() => new Map<string, JobId>())

async function carry(
  command: OrchestratorCommand,
  id: string,
  front: Front,
  jobs: Map<string, JobId>,
  stage: Stage,
): Promise<void> {
  try {
    switch (command.kind) {
      case 'submit':
        jobs.set(id, await front.submit({ argv: argvOf(command.plan, command.exists), ...termsOf(command) }))
        return
      case 'submitAgent': {
        const image = command.exists ? IMAGE : MISSING_IMAGE
        jobs.set(id, await front.submit({ image, argv: agentArgvOf(command.agentPlan), ...termsOf(command) }))
        return
      }
      case 'submitTask':
        jobs.set(id, await front.submit({ task: TASK, payload: command.behaviour, ...termsOf(command) }))
        return
      case 'cancel': {
        const target = jobs.get(String(command.target))
        if (target !== undefined) await noteCancel(stage.view, target, () => front.cancel(target))
        return
      }
      case 'relaunch': {
        const target = jobs.get(String(command.target))
        const job = target === undefined ? 'unknown' : await front.relaunch(target)
        if (typeof job === 'number') jobs.set(id, job)
        return
      }
      case 'connect': {
        const target = jobs.get(String(command.target))
        const listener = target === undefined ? undefined : front.connect(target)
        if (listener !== undefined) listening(stage.view).connect(target!, stage.life, listener)
        return
      }
      case 'disconnect': {
        const target = jobs.get(String(command.target))
        if (target !== undefined) listening(stage.view).disconnect(target)
        return
      }
      case 'delete': {
        const target = jobs.get(String(command.target))
        if (target !== undefined) await front.delete(target)
        return
      }
      case 'legacyRow': {
        const { status, runId, pid, started, plan } = command
        const { wallMs } = stage.view
        stage.plant(
          `INSERT INTO jobs (agent, repo, argv, status, attempts, run_id, pid, started_at, created_at)
           VALUES ('builder', 'one', ?, ?, ?, ?, ?, ?, ?)`,
          [
            JSON.stringify(argvOf(plan, true)),
            status,
            status === 'running' ? 1 : 0,
            runId,
            pid,
            started || status === 'running' ? wallMs : null,
            wallMs,
          ],
        )
        return
      }
    }
  } catch (error) {
    // A request that the storage refused was not acknowledged; the client is told and gives up.
    if (!isStorageError(error)) throw error
  }
}

function termsOf({ agent, repo, priority, maxAttempts, delayMs, transientDelayMs }: Terms) {
  const given = transientDelayMs > 0 ? { transientDelayMs } : {}
  return { agent, repo, priority, maxAttempts, delayMs, ...given }
}
