/** A defect of the orchestrator: what it is called, where it shows, what it breaks, and how the variant differs. */
import type { Defect } from '../../../explore/index.ts'
import type { OrchestratorCommand } from '../command.ts'
import type { Variant } from '../variant.ts'

export interface Flaw extends Omit<Defect<OrchestratorCommand>, 'mutant'> {
  readonly variant: Omit<Variant, 'name'>
}
