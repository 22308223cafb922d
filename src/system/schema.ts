/**
 * The tables, and the migrations that make them. `user_version` says which were applied; each is one transaction, so a
 * crash leaves either the old or the new version.
 */
import type { Database } from '../ports/index.ts'
import { keepIds, type Traces } from './idTables.ts'
import { SchemaError } from './schemaError.ts'

export { SchemaError, type Traces }

const migrations: readonly string[] = [
  `
  -- Begins the tokens of all processes that any server on this database starts.
  CREATE TABLE installation (
    token TEXT NOT NULL,
    -- Did anybody ever ask for a container? Otherwise no engine is asked for any.
    containers INTEGER NOT NULL DEFAULT FALSE
  );
  INSERT INTO installation (token) VALUES (lower(hex(randomblob(16))));
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
    -- Of a command that runs in a container.
    image TEXT,
    -- Names the directory that all runs of it, and of what it is relaunched as, have in common.
    mount TEXT,
    task TEXT,
    payload TEXT CHECK (json_valid(payload)),
    -- The run that it goes on from, of the job that it is a relaunch of.
    parent_run_id INTEGER,
    -- What the agent of that run called what it worked on.
    session_id TEXT,
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
    CHECK ((mount IS NULL) = (image IS NULL)),
    CHECK (image IS NULL OR argv IS NOT NULL),
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
    parent_run_id INTEGER,
    phase TEXT NOT NULL DEFAULT 'starting' CHECK (phase IN ('starting', 'running', 'exited', 'waiting', 'finished')),
    pid INTEGER,
    start_time INTEGER,
    -- What the engine calls its container.
    container TEXT,
    -- What the agent inside calls what it works on: handed on to the next run.
    session_id TEXT,
    -- Somebody wants its wait to end.
    released_at INTEGER,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    exit_code INTEGER,
    signal TEXT,
    outcome TEXT,
    error TEXT
  );
  CREATE INDEX runs_of_job ON runs (job_id);
  CREATE INDEX runs_waiting ON runs (id) WHERE phase = 'waiting';
  CREATE INDEX jobs_in_containers ON jobs (mount) WHERE image IS NOT NULL;
  -- Runs whose directory could not be made, because something else had its name: that is not ours to remove.
  CREATE TABLE taken (run_id INTEGER PRIMARY KEY);
  -- Jobs that somebody wants gone: a table of its own, since a finished job's row is never written again.
  CREATE TABLE deletions (job_id INTEGER PRIMARY KEY REFERENCES jobs (id), requested_at INTEGER NOT NULL);
  `,
]

export const SCHEMA_VERSION = migrations.length

/**
 * Brings the tables up to date, and sees to it that no id is given out again. `traces` are asked only where the database
 * is so old that ids could return. Throws SchemaError.
 */
export function migrate(database: Database, traces: Traces = { highestRun: () => 0 }): void {
  for (;;) {
    const version = versionOf(database)
    if (version === SCHEMA_VERSION) break
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
  keepIds(database, traces)
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
