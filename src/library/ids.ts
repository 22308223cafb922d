/** Ids as programs give them: plain numbers, until they are looked at. */
import type { JobId } from '../system/index.ts'
import { whole } from './checks.ts'

export const id = whole(1, Number.MAX_SAFE_INTEGER)

/** Throws SpecError. */
export function checkedId(job: number): JobId {
  id(job, "a job's id")
  return job as JobId
}
