/** Which scenarios the orchestrator meets. */
import type { Family } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import { adoption, runIds, succession } from './containers.ts'
import { migration } from './migration.ts'
import { ownership, reuse, servers, survivors, tenants } from './ownership.ts'
import { legacy, records, tasks } from './records.ts'
import { stops } from './stops.ts'

export const families: Readonly<Record<string, Family<OrchestratorCommand>>> = {
  'run-ids': runIds,
  succession,
  adoption,
  ownership,
  reuse,
  servers,
  survivors,
  legacy,
  tasks,
  records,
  tenants,
  stops,
  migration,
}
