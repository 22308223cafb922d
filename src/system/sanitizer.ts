/**
 * Heals rows that cannot be: queued and yet owned, as old databases bring them. Never raises; the kill-switch gates only
 * this, the other paths keep such rows from coming into being.
 */
import type { JobId } from '../model/ids.ts'
import type { Store } from './store.ts'

export class Sanitizer {
  /** Rows healed since this server started. */
  impossibleQueuedTotal = 0
  lastImpossibleQueued: { readonly count: number; readonly ids: readonly JobId[] } = { count: 0, ids: [] }
  private readonly store: Store
  private readonly enabled: boolean

  constructor(store: Store, enabled: boolean) {
    this.store = store
    this.enabled = enabled
  }

  /** Returns how many rows it healed. */
  async sanitize(): Promise<number> {
    if (!this.enabled) return 0
    try {
      const ids = await this.store.sanitizeImpossibleQueued()
      if (ids.length > 0) {
        this.impossibleQueuedTotal += ids.length
        this.lastImpossibleQueued = { count: ids.length, ids }
      }
      return ids.length
    } catch {
      return 0
    }
  }
}
