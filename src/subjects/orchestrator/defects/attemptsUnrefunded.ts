import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

export const attemptsUnrefunded: Flaw = {
  name: 'attempts-unrefunded',
  incident: 'stale run-ownership: ORCH-11',
  family: 'ownership',
  breaks: ['ORCH-11'],
  story:
    'what was never launched, or was lost with its server, still costs an attempt, and a job has more attempts than it may',
  variant: {
    parts: () => storeWith({ backToQueue: without(sql.backToQueue, ' attempts = ?', ' attempts = attempts + 0 * ?') }),
  },
}
