/** The workshop's tables: items wait, are held by a claim in one of a few slots, and are done; done ones are paid for. */
import type { Database, Row } from '../../ports/index.ts'

export const SLOTS = 2
export const LEASE_MS = 5_000
export const HEARTBEAT_MS = 1_000

export interface Item extends Row {
  readonly id: number
  /** What its client calls it. */
  readonly name: string
  readonly amount: number
  readonly work_ms: number
  /** 1: a child process does the work. */
  readonly child: number
  readonly status: 'waiting' | 'held' | 'done'
  /** Names the claim that holds it: random, so never used again. */
  readonly fence: string | null
  readonly slot: number | null
  readonly lease_ms: number | null
}

export function prepare(database: Database): void {
  database.exec(`
    CREATE TABLE items (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      amount INTEGER NOT NULL,
      work_ms INTEGER NOT NULL,
      child INTEGER NOT NULL,
      status TEXT NOT NULL DEFAULT 'waiting',
      fence TEXT,
      slot INTEGER,
      lease_ms INTEGER
    );
    CREATE TABLE slots (id INTEGER PRIMARY KEY, holder TEXT);
    CREATE TABLE account (id INTEGER PRIMARY KEY, total INTEGER NOT NULL);
    CREATE TABLE receipts (id INTEGER PRIMARY KEY AUTOINCREMENT, item INTEGER NOT NULL, amount INTEGER NOT NULL);
    INSERT INTO account VALUES (1, 0);
  `)
  for (let id = 1; id <= SLOTS; id++) database.prepare('INSERT INTO slots VALUES (?, NULL)').run(id)
}
