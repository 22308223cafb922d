/** What a verb of a random history names, and what it starts. */
import type { ContainerId } from '../../../src/model/ids.ts'
import type { Claim, Mark } from '../../../src/system/index.ts'
import { processOf } from '../handDrivenMachine.ts'

/** Counted from the latest; round and round where there are not so many. */
export function newest<T>(all: readonly T[], nth: number): T | undefined {
  return all.length === 0 ? undefined : all[all.length - 1 - (nth % all.length)]
}

/** What was started for a claim. */
export function markOf({ job, token }: Claim, pid: number): Mark {
  if (job.task !== null) return undefined
  return job.image === null ? processOf(token, pid) : { container: `container-${pid}` as ContainerId }
}
