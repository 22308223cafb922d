/** What incident 1 consists of, as parts that can be put back one by one. */

import type { JobId } from '../../../model/ids.ts'
import { installationOf } from '../../../model/token.ts'
import type { Database, Ports } from '../../../ports/index.ts'
import { type Claim, ContainerLauncher, labels, type Parts, SqliteStore, sql } from '../../../system/index.ts'
import { makeReusable } from '../oldDatabase.ts'
import { runIds } from '../runIds.ts'
import type { Variant } from '../variant.ts'
import { unfenced, without } from './variant.ts'

const SIGNALS = ['result.json', 'agent-status', 'session-id', 'ready']

/** Which of the fixes are in place. */
export interface Fixes {
  /** FIX1: the old container is removed before the place of the run is prepared. */
  readonly removesFirst: boolean
  /** FIX2: the signals of an earlier run are unlinked one by one. */
  readonly unlinksSignals: boolean
  /** FIX3: ids are never given out again. */
  readonly keepsIds: boolean
  /** Whoever ends a claim must hold it. */
  readonly fencesWrites: boolean
  readonly rememberCancels: boolean
}

/** As published. */
export const nothingFixed: Fixes = {
  removesFirst: false,
  unlinksSignals: false,
  keepsIds: false,
  fencesWrites: false,
  rememberCancels: false,
}

/** Prepares a place that earlier runs may have had: by removing what they have left. */
class PublishedLauncher extends ContainerLauncher {
  private readonly fixes: Fixes

  constructor(ports: Ports, fixes: Fixes) {
    super(ports)
    this.fixes = fixes
  }

  protected override nameOf({ fence }: Claim): string {
    return `run-${fence}`
  }

  protected override stateOf({ fence }: Pick<Claim, 'fence'>): string {
    return `${fence}/state`
  }

  protected override async prepare(claim: Claim): Promise<void> {
    const { removesFirst, unlinksSignals } = this.fixes
    if (removesFirst) await this.removeOld(claim)
    for (const name of ['transcript.log', 'state', 'wip', 'scripts']) await this.removeQuietly(`${claim.fence}/${name}`)
    if (unlinksSignals) for (const name of SIGNALS) await this.removeQuietly(`${this.stateOf(claim)}/${name}`)
    await this.ports.files.makeDirectory(`${claim.fence}/scripts`, 'own').catch(() => undefined)
    if (!removesFirst) await this.removeOld(claim)
  }

  private async removeOld(claim: Claim): Promise<void> {
    const { containers } = this.ports
    try {
      const name = this.nameOf(claim)
      const found = await containers.list({ [labels.installation]: installationOf(claim.token) })
      for (const old of found) if (old.name === name) await containers.remove(old.id)
    } catch {
      // As published: whatever is in the way will show.
    }
  }

  private async removeQuietly(path: string): Promise<void> {
    await this.ports.files.remove(path).catch(() => undefined)
  }
}

/** As published, a deletion deletes the row, whatever goes on. */
class HastyStore extends SqliteStore {
  private readonly rows: Database
  private readonly ports: Ports

  constructor(
    ports: Ports,
    ...rest: [ConstructorParameters<typeof SqliteStore>[2], ConstructorParameters<typeof SqliteStore>[3]?]
  ) {
    super(ports.database, ports.pool, ...rest)
    this.rows = ports.database
    this.ports = ports
  }

  override deleteJob(id: JobId): ReturnType<SqliteStore['deleteJob']> {
    const work = () =>
      this.rows
        .transaction(() => {
          this.rows.prepare(sql.removeRuns).run(id)
          return this.rows.prepare(sql.removeJob).run(id).changes === 0 ? 'unknown' : 'deleted'
        })
        .immediate()
    return this.ports.pool.run({ name: 'delete', touches: [`job:${id}`] }, work)
  }
}

const forgetfulHeld = 'SELECT *, NULL AS cancel_requested_at'

/** The orchestrator with only these fixes. Of the list of what must hold, it is judged by that of its incident. */
export function publishedRuns(fixes: Fixes): Omit<Variant, 'name'> {
  const fenced = fixes.fencesWrites ? {} : { ...unfenced, recordExit: unguardedExit }
  const heldJob = fixes.rememberCancels
    ? (fixes.fencesWrites ? sql : unfenced).heldJob
    : without((fixes.fencesWrites ? sql : unfenced).heldJob, 'SELECT *', forgetfulHeld)
  return {
    ...(fixes.keepsIds ? {} : { prepare: makeReusable }),
    invariants: runIds,
    parts: (parts: Parts) => ({
      store: (ports, options) => new HastyStore(ports, options, { ...sql, ...fenced, heldJob }),
      launchers: (ports) => ({ ...parts.launchers(ports), containers: new PublishedLauncher(ports, fixes) }),
    }),
  }
}

const unguardedExit = without(sql.recordExit, ' AND finished_at IS NULL AND life_id = ?', ' AND (? OR 1)')
