/** What the tests of run-ownership have in common: a store on a real database, and a job that runs as a given run and pid. */
import type { View } from '../../src/explore/index.ts'
import type { LifeId } from '../../src/model/ids.ts'
import type { Ports } from '../../src/ports/index.ts'
import type { Flaw } from '../../src/subjects/orchestrator/defects/flaw.ts'
import {
  type Claim,
  defaultOptions,
  type Job,
  type Options,
  type Store,
  standardParts,
} from '../../src/system/index.ts'
import { processOf, server } from './handDrivenMachine.ts'
import { inline, plant, type RealDatabase, realDatabase } from './realDatabase.ts'
import { sharedLife } from './sharedLife.ts'

export const NOW_MS = 1_700_000_000_000

export interface House {
  readonly database: RealDatabase
  readonly store: Store
  readonly life: { id: LifeId; token: string }
  readonly name: () => string
}

export interface Setting {
  readonly options?: Partial<Options>
  /** The store of this defect, on a schema that lets it be one. */
  readonly flaw?: Flaw
}

export async function openHouse({ options = {}, flaw }: Setting = {}): Promise<House> {
  const database = realDatabase()
  if (flaw?.variant.ignoreChecks) database.pragma('ignore_check_constraints = ON')
  // The stores of defects are made of statements alone: they look at no run.
  const parts = { ...standardParts, ...flaw?.variant.parts?.(standardParts, {} as View) }
  const store = parts.store({ database, pool: inline } as Partial<Ports> as Ports, { ...defaultOptions, ...options })
  const life = await sharedLife(store, server, 'life', NOW_MS)
  let names = 0
  return { database, store, life, name: () => `run${++names}` }
}

/** Submits a job and claims it as this run; its process is not known yet. */
export async function claimedAs({ database, store, life, name }: House, runId: number): Promise<Claim> {
  database.exec(`DELETE FROM sqlite_sequence WHERE name = 'runs'`)
  database.prepare(`INSERT INTO sqlite_sequence VALUES ('runs', ?)`).run(runId - 1)
  await store.submitJob({ argv: ['work'] }, NOW_MS)
  return sound(await store.claimNextJob(life, name, [], NOW_MS))
}

/** What a scheduler was given, which must be something. */
export function sound(claim: Claim | undefined | 'ended'): Claim {
  if (claim === undefined || claim === 'ended') throw new Error(`nothing was claimed: ${claim}`)
  return claim
}

/** Submits a job, claims it as this run, and stamps this pid on it. */
export async function runningAs(house: House, runId: number, pid: number): Promise<Claim> {
  const claim = await claimedAs(house, runId)
  if (!(await house.store.stampRun(claim, processOf(claim.token, pid)))) throw new Error('the stamp was refused')
  return claim
}

/** A row as it was found on job 2286: queued and yet owned. */
export function plantQueued({ database }: House, runId: number, pid: number, startedAt: number | null): number {
  return plant(
    database,
    `INSERT INTO jobs (agent, repo, argv, run_id, pid, started_at, created_at) VALUES ('a', 'r', '["work"]', ?, ?, ?, ?)`,
    runId,
    pid,
    startedAt,
    NOW_MS - 60_000,
  )
}

export function rowOf({ database }: House, id: number): Job {
  return database.prepare('SELECT * FROM jobs WHERE id = ?').get(id) as Job
}
