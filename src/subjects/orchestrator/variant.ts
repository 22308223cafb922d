/** How the orchestrator is put under test when it is not as it is. */
import type { Subject, View } from '../../explore/index.ts'
import type { Database } from '../../ports/index.ts'
import type { migrate, Orchestrator, Parts } from '../../system/index.ts'
import type { OrchestratorCommand } from './command.ts'

/** How a variant differs from the orchestrator as it is. */
export interface Variant {
  readonly name?: string
  /** Replaces parts; what it does not name is the real one. */
  readonly parts?: (parts: Parts, view: View) => Partial<Parts>
  /** Another kind of orchestrator. */
  readonly orchestrator?: typeof Orchestrator
  /** Lets the database hold rows that its CHECKs forbid, as an old one could. */
  readonly ignoreChecks?: boolean
  /** How a server brings its tables up to date before it starts. */
  readonly migrate?: typeof migrate
  /** Changes the prepared database further. */
  readonly prepare?: (database: Database) => void
  /** The invariants that judge it. */
  readonly invariants?: Subject<OrchestratorCommand>['invariants']
}
