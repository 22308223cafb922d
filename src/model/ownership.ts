/** What a job's row may say about who owns it (incident 2), as predicates on the row alone. */

export interface Owned {
  readonly status: string
  readonly run_id: number | null
  readonly pid: number | null
  readonly started_at: number | null
}

/** Queued and yet owned: physically impossible, and what wedged job 2286 (ORCH-1). */
export function isImpossibleQueued(row: Owned): boolean {
  return row.status === 'queued' && (row.run_id !== null || row.pid !== null || row.started_at !== null)
}

/** Between the claim and the stamp: running, started, and neither run nor pid published (ORCH-3). */
export function isFreshClaim(row: Owned): boolean {
  return row.status === 'running' && row.run_id === null && row.pid === null && row.started_at !== null
}
