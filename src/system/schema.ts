/**
 * The tables, and the migrations that make them. `user_version` says which were applied; each is one transaction, so a
 * crash leaves either the old or the new version.
 */
import type { Database } from '../ports/index.ts'

const migrations: readonly string[] = [
  `
  -- Begins the tokens of all processes that any server on this database starts.
  CREATE TABLE installation (token TEXT NOT NULL);
  INSERT INTO installation VALUES (lower(hex(randomblob(16))));
  CREATE TABLE lives (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    boot_id TEXT NOT NULL,
    pid_namespace TEXT NOT NULL,
    pid INTEGER NOT NULL,
    start_time INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    started_at INTEGER NOT NULL,
    beats INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,
    -- Whether it suffers other servers on the database.
    shared INTEGER NOT NULL
  );
  CREATE INDEX lives_open ON lives (id) WHERE ended_at IS NULL;
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent TEXT NOT NULL,
    repo TEXT NOT NULL,
    argv TEXT CHECK (json_type(argv) = 'array'),
    environment TEXT NOT NULL DEFAULT '{}' CHECK (json_type(environment) = 'object'),
    directory TEXT,
    task TEXT,
    payload TEXT CHECK (json_valid(payload)),
    priority INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 2,
    transient_attempts INTEGER NOT NULL DEFAULT 0,
    launch_failures INTEGER NOT NULL DEFAULT 0,
    lost_runs INTEGER NOT NULL DEFAULT 0,
    transient_delay_ms INTEGER,
    available_at INTEGER,
    created_at INTEGER NOT NULL,
    fence INTEGER,
    life_id INTEGER,
    run_id INTEGER,
    pid INTEGER,
    started_at INTEGER,
    finished_at INTEGER,
    cancel_requested_at INTEGER,
    error TEXT,
    -- ORCH-1, in the schema: what waits in the queue belongs to nobody.
    CHECK (status <> 'queued' OR (run_id IS NULL AND pid IS NULL AND started_at IS NULL)),
    -- A command or a task.
    CHECK ((argv IS NULL) <> (task IS NULL)),
    CHECK ((finished_at IS NOT NULL) = (status IN ('done', 'failed', 'cancelled')))
  );
  CREATE INDEX jobs_queued ON jobs (priority, id) WHERE status = 'queued';
  CREATE INDEX jobs_running ON jobs (id) WHERE status = 'running';
  CREATE INDEX jobs_unfinished ON jobs (repo, id) WHERE status IN ('queued', 'running');
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    life_id INTEGER NOT NULL REFERENCES lives (id),
    agent TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    phase TEXT NOT NULL DEFAULT 'starting' CHECK (phase IN ('starting', 'running', 'exited', 'finished')),
    pid INTEGER,
    start_time INTEGER,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    exit_code INTEGER,
    signal TEXT,
    outcome TEXT,
    error TEXT
  );
  CREATE INDEX runs_of_job ON runs (job_id);
  -- Jobs that somebody wants gone: a table of its own, since a finished job's row is never written again.
  CREATE TABLE deletions (job_id INTEGER PRIMARY KEY REFERENCES jobs (id), requested_at INTEGER NOT NULL);
  `,
]

export const SCHEMA_VERSION = migrations.length

/** The database is not one that this program can use; the message says why, and what to do. */
export class SchemaError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SchemaError'
  }
}

export function migrate(database: Database): void {
  for (;;) {
    const version = versionOf(database)
    if (version === SCHEMA_VERSION) return
    if (version > SCHEMA_VERSION) {
      throw new SchemaError(
        `the database has schema version ${version}, this strandline knows up to ${SCHEMA_VERSION}: use a newer strandline`,
      )
    }
    database
      .transaction(() => {
        // Somebody else may have migrated while this one waited for the write lock.
        if (Number(database.pragma('user_version', { simple: true })) !== version) return
        if (version === 0) refuseForeign(database)
        database.exec(migrations[version]!)
        database.exec(`PRAGMA user_version = ${version + 1}`)
      })
      .immediate()
  }
}

function versionOf(database: Database): number {
  try {
    return Number(database.pragma('user_version', { simple: true }))
  } catch (error) {
    const code = String((error as { code?: unknown }).code)
    if (!/^SQLITE_(NOTADB|CORRUPT)/.test(code)) throw error
    throw new SchemaError('the file is not a SQLite database, or it is damaged: choose another file, or restore it')
  }
}

function refuseForeign(database: Database): void {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT 1").all()
  if (tables.length > 0) {
    throw new SchemaError('the file is a database of another program: choose another file')
  }
}
