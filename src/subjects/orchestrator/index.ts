/** The orchestrator and its defects, as subjects. */
import { defects } from './defects/index.ts'
import { orchestratorSubject } from './subject.ts'

export const orchestrator = { ...orchestratorSubject(), defects }
export default orchestrator
