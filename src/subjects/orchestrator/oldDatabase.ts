/**
 * A database from before ids were kept apart for ever: the latest of its jobs, runs and lives are deleted, and what is left
 * of them is a number in another row, or on the disk. Nothing else keeps SQLite from giving those numbers out again.
 */
import type { View } from '../../explore/index.ts'
import type { Database } from '../../ports/index.ts'
import { idTables } from '../../system/index.ts'

/** The latest run, of which nothing is left but its directory on the disk. */
export const LATEST_RUN = 9

/** The highest id that was given out, by table. */
export const usedBefore: Readonly<Record<string, number>> = { jobs: 5, runs: LATEST_RUN, lives: 2 }

/** Life 2, the jobs 4 and 5 and all runs after the third are gone. Job 3 names that life and run 6, a deletion job 5. */
const rows = `
  INSERT INTO lives (id, boot_id, pid_namespace, pid, start_time, token, started_at, ended_at, shared)
  VALUES (1, 'boot-0', 'pid:[0]', 2, 1, 'old/one', 1799990000000, 1799991000000, 1);
  INSERT INTO jobs (id, agent, repo, argv, status, attempts, created_at, fence, life_id, run_id, pid, started_at, finished_at, error)
  VALUES
    (1, 'builder', 'one', '["work"]', 'done', 1, 1799990000000, 1, 1, 1, 3, 1799990001000, 1799990002000, NULL),
    (2, 'builder', 'two', '["work"]', 'failed', 2, 1799990000000, 3, 1, 3, 5, 1799990003000, 1799990004000, 'exit_code=1'),
    (3, 'reviewer', 'one', '["work"]', 'cancelled', 1, 1799990000000, 6, 2, 6, 4, 1799991001000, 1799991002000, NULL);
  INSERT INTO runs (id, job_id, life_id, agent, attempt, token, phase, pid, start_time, started_at, finished_at, exit_code, outcome)
  VALUES
    (1, 1, 1, 'builder', 1, 'old/one/a', 'finished', 3, 7, 1799990001000, 1799990002000, 0, 'done'),
    (2, 2, 1, 'builder', 1, 'old/one/b', 'finished', 4, 8, 1799990002000, 1799990003000, 1, 'exited'),
    (3, 2, 1, 'builder', 2, 'old/one/c', 'finished', 5, 9, 1799990003000, 1799990004000, 1, 'failed');
  INSERT INTO deletions VALUES (5, 1799991003000);
`

/** Makes the tables again as they would have been, with rows. */
export function makeOld(database: Database): void {
  makeReusable(database)
  database.exec(rows)
}

/** Makes the tables again, without rows, such that ids return. In the old days a deletion did not refer to its job. */
export function makeReusable(database: Database): void {
  const texts = database
    .prepare(
      "SELECT sql FROM sqlite_schema WHERE tbl_name IN ('lives', 'jobs', 'runs', 'deletions') AND sql IS NOT NULL",
    )
    .all() as { sql: string }[]
  for (const table of ['deletions', 'runs', 'jobs', 'lives']) database.exec(`DROP TABLE ${table}`)
  for (const { sql } of texts)
    database.exec(
      sql
        .replace(' AUTOINCREMENT', '')
        .replace('job_id INTEGER PRIMARY KEY REFERENCES jobs (id)', 'job_id INTEGER PRIMARY KEY'),
    )
}

/** Can an id still return? */
export function isOld(view: View): boolean {
  return view
    .schema()
    .objects.some(({ type, name, sql }) => type === 'table' && idTables.includes(name) && !isKept(sql ?? ''))
}

function isKept(text: string): boolean {
  return text.includes('PRIMARY KEY AUTOINCREMENT')
}
