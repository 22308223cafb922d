/** The orchestrator as a subject: the classes that run in production, booted on the ports of a simulated life. */
import { defineSubject, type Subject, type View } from '../../explore/index.ts'
import type { Change, Schema } from '../../sim/index.ts'
import { type Job, migrate } from '../../system/index.ts'
import { containerOf, IMAGE } from './agents.ts'
import { type OrchestratorCommand, programOf } from './command.ts'
import { describe } from './describe.ts'
import { families } from './families/index.ts'
import { invariants } from './invariants.ts'
import { isAlive, jobsOf, optionsOf, processOf, runOf } from './rows.ts'
import { boot } from './server.ts'
import { situations } from './situations.ts'
import { due, unfinished } from './unfinished.ts'
import type { Variant } from './variant.ts'

const schema: Schema = {
  references: [{ table: 'jobs', column: 'pid', names: 'process' }],
  owned: [
    {
      table: 'jobs',
      fence: 'fence',
      renewed: (before, after) =>
        (before.status === 'running') !== (after.status === 'running') ||
        before.fence !== after.fence ||
        before.life_id !== after.life_id,
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
    images: [IMAGE],
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

function isHeartbeat({ table, before, after }: Change): boolean {
  return table === 'lives' && before !== undefined && before.ended_at === after?.ended_at
}

/** In-memory counts (dead ticks, missed heartbeats) need some rounds where a process or a server may be gone. */
function settleRounds(view: View): number {
  const { deadTicks, leaseRounds } = optionsOf(view)
  let open = 0
  for (const [, life] of view.rows('lives')) if (life.ended_at === null) open++
  if (open > view.profile.servers) return leaseRounds + 3
  for (const job of jobsOf(view)) if (job.status === 'running' && !isAtWork(view, job)) return deadTicks + 2
  return 1
}

function isAtWork(view: View, job: Job): boolean {
  if (job.image === null) return isAlive(processOf(view, job))
  return containerOf(view, runOf(view, job)?.token)?.state === 'running'
}
