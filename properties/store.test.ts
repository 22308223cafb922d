// The store on SQLite: the contract of every store, guards that the contract would miss if they were gone, and the claims
// of two processes on one file.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { without } from '../src/subjects/orchestrator/defects/variant.ts'
import { defaultOptions, SqliteStore, type Statements, sql } from '../src/system/index.ts'
import { inline, plant, realDatabase } from './support/realDatabase.ts'
import { seedNumber } from './support/seed.ts'
import { HISTORIES, historyProperty, type OpenStore, storeContract } from './support/storeContract.ts'

function sqliteWith(statements: Partial<Statements>): OpenStore {
  return async (options) => {
    const database = realDatabase()
    return {
      store: new SqliteStore(database, inline, options, { ...sql, ...statements }),
      makeImpossible: async (id, { run_id, pid, started_at }) => {
        plant(database, 'UPDATE jobs SET run_id = ?, pid = ?, started_at = ? WHERE id = ?', run_id, pid, started_at, id)
      },
      close: async () => {
        database.close()
      },
    }
  }
}

storeContract('SQLite', sqliteWith({}))

describe('a store without one of its guards fails the contract', () => {
  const missing: readonly (readonly [keyof Statements, part: string, instead?: string])[] = [
    ['cancelQueued', " AND status = 'queued'"],
    ['cancelQueued', ', run_id = NULL, pid = NULL, started_at = NULL'],
    ['requestCancel', " AND status = 'running'"],
    ['requestCancel', 'coalesce(cancel_requested_at, ?)', '?'],
    ['beat', ' AND ended_at IS NULL'],
    ['endLife', ' AND ended_at IS NULL'],
    ['lifeIsOpen', ' AND ended_at IS NULL'],
    ['otherLives', ' AND id <> ?', ' AND ? IS NOT NULL'],
    ['claimable', ' ORDER BY priority, id', ' ORDER BY id'],
    ['claimable', ' AND (available_at IS NULL OR available_at <= ?)', ' AND (? OR 1)'],
    ['claimable', "(SELECT count(*) FROM jobs WHERE status = 'running') < ?", '(? OR 1)'],
    ['claimableGated', 'earlier.id < candidate.id AND ', 'earlier.id <> candidate.id AND '],
    ['claimableGated', "earlier.status IN ('queued', 'running')", "earlier.status = 'running'"],
    ['claimableGated', "earlier.status IN ('queued', 'running')", "earlier.status <> 'done'"],
    ['claim', 'run_id = NULL, pid = NULL, '],
    ['claim', ', available_at = NULL'],
    ['stampJob', ' AND fence = ?', ' AND (? OR 1)'],
    ['stampJob', " AND status = 'running'"],
    ['stampJob', ' AND run_id IS NULL'],
    ['recordExit', ' AND finished_at IS NULL'],
    ['exitRecorded', ' AND finished_at IS NOT NULL', ' AND 0'],
    ['heldJob', 'fence IS ?', '(? IS NULL OR 1)'],
    ['heldJob', " AND status = 'running'"],
    ['backToQueue', 'run_id = NULL, pid = NULL, started_at = NULL, '],
    ['finishRun', 'coalesce(finished_at, ?)', '?'],
    ['cancelRequests', ' AND cancel_requested_at IS NOT NULL'],
    ['cancelRequests', ' AND life_id = ?', ' AND (? OR 1)'],
    ['runsUnderWay', " AND r.phase <> 'finished'"],
    ['runsUnderWay', ' AND l.ended_at IS NULL'],
    ['running', ' AND j.life_id = ?', ' AND (? OR 1)'],
    ['orphans', 'l.id IS NULL OR l.ended_at IS NOT NULL', '1'],
    ['findImpossibleQueued', ' OR pid IS NOT NULL'],
    ['sanitizeImpossibleQueued', "status = 'queued' AND "],
  ]

  test.each(missing)('%s without "%s"', async (name, part, instead = '') => {
    const open = sqliteWith({ [name]: without(sql[name], part, instead) })
    const property = historyProperty(open, { fresh: 0, stale: 0 })
    const found = await fc.check(property, { seed: seedNumber, numRuns: HISTORIES, endOnFailure: true })
    expect(found.failed).toBe(true)
  })
})
