/** The table of runs as it was published: its ids come again. With what referred to it, indexes of all kinds, and rows. */
import BetterSqlite3 from 'better-sqlite3'
import type { RealDatabase } from './realDatabase.ts'

const schema = `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY, -- max(id) + 1; AUTOINCREMENT came later
    state TEXT NOT NULL DEFAULT 'queued'
      CHECK (runs.state IN ('queued', 'running', 'waiting', 'awaiting_resume', 'succeeded', 'failed')),
    container_id TEXT UNIQUE,
    exit_code INTEGER,
    error TEXT DEFAULT 'PRIMARY KEY, or (',
    started_at INTEGER,
    finished_at INTEGER,
    created_at INTEGER NOT NULL DEFAULT (unixepoch()),
    branch TEXT,
    title TEXT NOT NULL DEFAULT '',
    session_id TEXT,
    /* The run that it goes on from. */
    parent_run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
    took INTEGER AS (finished_at - started_at),
    CHECK (finished_at IS NULL OR started_at IS NOT NULL)
  );
  CREATE INDEX runs_by_branch ON runs (branch, id);
  CREATE UNIQUE INDEX runs_session ON runs (session_id) WHERE session_id IS NOT NULL;
  CREATE TABLE comments (run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, text TEXT NOT NULL);
  CREATE TRIGGER runs_commented AFTER UPDATE OF error ON runs WHEN NEW.error IS NOT NULL BEGIN
    INSERT INTO comments VALUES (NEW.id, NEW.error);
  END;
  CREATE VIEW open_runs AS SELECT id, title FROM runs WHERE finished_at IS NULL;
`

const rows = `
  INSERT INTO runs (id, state, container_id, exit_code, error, started_at, finished_at, created_at, branch, title, session_id, parent_run_id)
  VALUES
    (1, 'succeeded', 'c1', 0, NULL, 10, 20, 5, 'main', 'first', 's1', NULL),
    (2, 'failed', 'c2', 137, 'killed', 30, 45, 25, 'main', 'it''s second', 's2', 1),
    (4, 'queued', NULL, NULL, NULL, NULL, NULL, 50, NULL, '', NULL, 2),
    (7, 'running', 'c7', NULL, NULL, 60, NULL, 55, 'fix/7', 'goes on', NULL, 2);
  INSERT INTO comments VALUES (1, 'well done'), (2, 'why?');
`

export function oldRuns(file = ':memory:'): RealDatabase {
  const database = new BetterSqlite3(file)
  database.pragma('journal_mode = WAL')
  database.pragma('foreign_keys = ON')
  database.exec(schema)
  database.exec(rows)
  return database
}

/** All that is in it, apart from the text by which the table was made and the sequences. */
export function contentsOf(database: RealDatabase): unknown {
  const all = (sql: string) => database.prepare(sql).all()
  return {
    rows: all('SELECT * FROM runs ORDER BY id'),
    comments: all('SELECT * FROM comments ORDER BY rowid'),
    open: all('SELECT * FROM open_runs ORDER BY id'),
    columns: all("SELECT * FROM pragma_table_xinfo('runs')"),
    references: all("SELECT * FROM pragma_foreign_key_list('runs')"),
    indexes: all(`SELECT name, "unique", origin, partial FROM pragma_index_list('runs') ORDER BY name`),
    texts: all(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT IN ('runs', 'sqlite_sequence') ORDER BY name",
    ),
  }
}

export function sequences(database: RealDatabase): unknown {
  return database.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY rowid').all()
}

/** The id that the next row gets. */
export function insertRun(database: RealDatabase): number {
  return Number(database.prepare("INSERT INTO runs (created_at, error) VALUES (100, 'none')").run().lastInsertRowid)
}
