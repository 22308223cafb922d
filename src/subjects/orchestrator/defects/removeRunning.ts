import { sql } from '../../../system/index.ts'
import type { Flaw } from './flaw.ts'
import { storeWith, without } from './variant.ts'

const unfinished = "status NOT IN ('queued', 'running')"

export const removeRunning: Flaw = {
  name: 'remove-running',
  incident: 'run-id reuse: the deletion of a live run',
  family: 'records',
  breaks: ['DELETED'],
  story: 'a job that somebody wants gone is removed while it runs',
  variant: {
    parts: () =>
      storeWith({
        removable: without(sql.removable, `j.${unfinished}`, 'TRUE'),
        removeDeletion: without(
          sql.removeDeletion,
          "(SELECT status FROM jobs WHERE id = job_id) NOT IN ('queued', 'running')",
          'TRUE',
        ),
      }),
  },
}
