/** The orchestrator and its defects, as subjects. */
import { orchestratorSubject } from './subject.ts'

export const orchestrator = orchestratorSubject()
export default orchestrator
