/** The orchestrator as a subject: the classes that run in production, booted on the ports of a simulated life. */
import { type Driver, defineSubject, type Stage, type Subject, type View } from '../../explore/index.ts'
import type { JobId } from '../../model/ids.ts'
import type { Database } from '../../ports/index.ts'
import type { Change, Schema } from '../../sim/index.ts'
import { isStorageError, migrate, Orchestrator, type Parts, standardParts } from '../../system/index.ts'
import { argvOf, type OrchestratorCommand, programOf } from './command.ts'
import { describe } from './describe.ts'
import { families } from './families.ts'
import { invariants } from './invariants.ts'
import { isAlive, jobsOf, optionsOf, processOf } from './rows.ts'
import { situations } from './situations.ts'
import { due, unfinished } from './unfinished.ts'
import { watched } from './watched.ts'

/** How a variant differs from the orchestrator as it is. */
export interface Variant {
  readonly name?: string
  /** Replaces parts; what it does not name is the real one. */
  readonly parts?: (parts: Parts, view: View) => Partial<Parts>
  /** Another kind of orchestrator. */
  readonly orchestrator?: typeof Orchestrator
  /** Lets the database hold rows that its CHECKs forbid, as an old one could. */
  readonly ignoreChecks?: boolean
  /** Changes the prepared database further. */
  readonly prepare?: (database: Database) => void
  /** The invariants that judge it. */
  readonly invariants?: Subject<OrchestratorCommand>['invariants']
}

const schema: Schema = {
  references: [{ table: 'jobs', column: 'pid', names: 'process' }],
  owned: [
    {
      table: 'jobs',
      fence: 'fence',
      renewed: (before, after) =>
        (before.status === 'running') !== (after.status === 'running') || before.fence !== after.fence,
    },
  ],
  live: (_, row) =>
    (row as { status?: unknown }).status === 'running' || (row as { status?: unknown }).status === 'queued',
}

export function orchestratorSubject(variant: Variant = {}): Subject<OrchestratorCommand> {
  return defineSubject<OrchestratorCommand>({
    name: 'orchestrator',
    families,
    imageKey: `orchestrator${variant.ignoreChecks ? '/unchecked' : ''}${variant.prepare === undefined ? '' : `/${variant.name}`}`,
    prepare(database) {
      migrate(database)
      variant.prepare?.(database)
      if (variant.ignoreChecks) database.exec('PRAGMA ignore_check_constraints = ON')
    },
    schema,
    boot: (stage) => boot(stage, variant),
    program: programOf,
    invariants: variant.invariants ?? invariants,
    sometimes: situations,
    unfinished,
    due,
    idle: isHeartbeat,
    settleRounds,
    describe,
  })
}

async function boot(stage: Stage, variant: Variant): Promise<Driver<OrchestratorCommand>> {
  const { life, view } = stage
  const parts = watched({ ...standardParts, ...variant.parts?.(standardParts, view) }, stage)
  const failed = (error: unknown) => {
    if (!isStorageError(error)) throw error
  }
  const orchestrator = await (variant.orchestrator ?? Orchestrator).start(life.ports, optionsOf(view), failed, parts)
  const jobs = jobIdsOf(view)
  return {
    carry: (command, id) => carry(command, id, orchestrator, jobs, stage),
    gauges: () => ({ impossible_queued_total: orchestrator.impossibleQueuedTotal }),
    stop: () => orchestrator.stop(),
  }
}

/** Which job each submit made: the clients' memory, which survives the servers. */
const memory = new WeakMap<View, Map<string, JobId>>()

function jobIdsOf(view: View): Map<string, JobId> {
  let jobs = memory.get(view)
  if (jobs === undefined) {
    jobs = new Map()
    memory.set(view, jobs)
  }
  return jobs
}

async function carry(
  command: OrchestratorCommand,
  id: string,
  orchestrator: Orchestrator,
  jobs: Map<string, JobId>,
  stage: Stage,
): Promise<void> {
  try {
    switch (command.kind) {
      case 'submit': {
        const { plan, exists, agent, repo, priority, maxAttempts, delayMs, transientDelayMs } = command
        const given = transientDelayMs > 0 ? { transientDelayMs } : {}
        jobs.set(
          id,
          await orchestrator.submit({
            argv: argvOf(plan, exists),
            agent,
            repo,
            priority,
            maxAttempts,
            delayMs,
            ...given,
          }),
        )
        return
      }
      case 'cancel': {
        const target = jobs.get(String(command.target))
        if (target !== undefined) await orchestrator.cancel(target)
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

function isHeartbeat({ table, before, after }: Change): boolean {
  return table === 'lives' && before !== undefined && before.ended_at === after?.ended_at
}

/** In-memory counts (dead ticks, missed heartbeats) need some rounds where a process or a server may be gone. */
function settleRounds(view: View): number {
  const { deadTicks, leaseRounds } = optionsOf(view)
  let open = 0
  for (const [, life] of view.rows('lives')) if (life.ended_at === null) open++
  if (open > view.profile.servers) return leaseRounds + 3
  for (const job of jobsOf(view)) if (job.status === 'running' && !isAlive(processOf(view, job))) return deadTicks + 2
  return 1
}
