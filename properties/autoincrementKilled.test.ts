/** The rebuilding of a table of ids, for real: its process is killed before every statement in turn, and another goes on. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureAutoincrement } from '../src/system/index.ts'
import { contentsOf, insertRun, oldRuns, sequences } from './support/oldRuns.ts'

const program = fileURLToPath(new URL('support/killedRebuildScript.ts', import.meta.url))
/** Statements of a rebuild, with some to spare. */
const STATEMENTS_MAX = 100
const EACH_MS = 5_000

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strandline-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

test(
  'killed before any statement, it is finished by the next',
  () => {
    let kills = 0
    for (let nth = 1; nth <= STATEMENTS_MAX; nth++) {
      const file = join(folder, `runs${nth}.db`)
      const old = oldRuns(file)
      const before = contentsOf(old)
      old.close()

      const { status, signal, stderr } = spawnSync(process.execPath, [program, file, String(nth)], { encoding: 'utf8' })
      if (signal !== 'SIGKILL') {
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        break
      }
      kills++

      const database = new BetterSqlite3(file)
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(contentsOf(database)).toEqual(before)
      expect(ensureAutoincrement(database, 'runs', () => 9)).toBe(true)
      expect(contentsOf(database)).toEqual(before)
      expect(sequences(database)).toEqual([{ name: 'runs', seq: 9 }])
      expect(insertRun(database)).toBe(10)
      database.close()
    }
    expect(kills).toBeGreaterThan(20)
    expect(kills).toBeLessThan(STATEMENTS_MAX)
  },
  STATEMENTS_MAX * EACH_MS,
)
