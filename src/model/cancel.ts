/** What becomes of a request to cancel. */

/**
 * `cancelled`: it had not started. `cancelling`: it runs, or starts, and will end as cancelled. `released`: it had ended,
 * and its container is no longer kept. `finished`: there was nothing to cancel. `unknown`: there is no such job.
 */
export type CancelResult = 'cancelled' | 'cancelling' | 'released' | 'finished' | 'unknown'

/** As HTTP says it: accepted, or nobody to tell. */
export function cancelStatus(result: CancelResult): 202 | 404 {
  return result === 'finished' || result === 'unknown' ? 404 : 202
}
