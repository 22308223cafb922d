/** The statements of the SQLite store, each with the race that its WHERE clause settles. */

/** A mount begins with the id that the job will have, so that nobody takes one of a later job for what is left of an earlier. */
export const insertJob = `
  INSERT INTO jobs (argv, environment, directory, image, mount, task, payload, agent, repo, priority, max_attempts,
    transient_delay_ms, available_at, created_at)
  VALUES (?, ?, ?, ?, iif(? IS NULL, NULL,
      (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'jobs') || '-' || lower(hex(randomblob(16)))),
    ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export const useContainers = 'UPDATE installation SET containers = TRUE WHERE NOT containers'

/** status: of what runs, or is to run, nobody wants another. */
export const relaunch = `
  INSERT INTO jobs (argv, environment, directory, image, mount, task, payload, agent, repo, priority, max_attempts,
    transient_delay_ms, created_at, parent_run_id, session_id)
  SELECT argv, environment, directory, image, mount, task, payload, agent, repo, priority, max_attempts,
    transient_delay_ms, ?, coalesce((SELECT max(id) FROM runs WHERE job_id = jobs.id), parent_run_id),
    coalesce((SELECT session_id FROM runs WHERE job_id = jobs.id ORDER BY id DESC LIMIT 1), session_id)
  FROM jobs WHERE id = ? AND status NOT IN ('queued', 'running')
    AND NOT EXISTS (SELECT 1 FROM deletions AS d WHERE d.job_id = jobs.id)`

export const jobById = 'SELECT * FROM jobs WHERE id = ?'

/** status: a claim may have taken it meanwhile, then the cancel is a request to its owner. */
export const cancelQueued = `
  UPDATE jobs SET status = 'cancelled', finished_at = ?, run_id = NULL, pid = NULL, started_at = NULL
  WHERE id = ? AND status = 'queued'`

/** status: its run may have ended meanwhile; the first request stands. */
export const requestCancel = `
  UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, ?) WHERE id = ? AND status = 'running'`

/** phase: its job has ended, the run itself has not; the first request stands. */
export const releaseRuns = `
  UPDATE runs SET released_at = coalesce(released_at, ?) WHERE job_id = ? AND phase = 'waiting'`

export const insertLife = `
  INSERT INTO lives (boot_id, pid_namespace, pid, start_time, token, started_at, shared) VALUES (?, ?, ?, ?, ?, ?, ?)`

/** ended_at: another server may have given this life up; it must not rise again. */
export const beat = 'UPDATE lives SET beats = beats + 1 WHERE id = ? AND ended_at IS NULL'

export const endLife = 'UPDATE lives SET ended_at = ? WHERE id = ? AND ended_at IS NULL'

export const lifeIsOpen = 'SELECT 1 FROM lives WHERE id = ? AND ended_at IS NULL'

const lifeColumns = 'id, boot_id, pid_namespace, pid, start_time, token, beats, started_at, shared'

export const otherLives = `SELECT ${lifeColumns} FROM lives WHERE ended_at IS NULL AND id <> ? ORDER BY id`

export const openLives = `SELECT ${lifeColumns} FROM lives WHERE ended_at IS NULL ORDER BY id`

/** A life that does not share keeps everybody out, and one that would share keeps out whoever would not. */
export const rivals = `SELECT ${lifeColumns} FROM lives WHERE ended_at IS NULL AND NOT (shared AND ?) ORDER BY id`

const claimableWhere = `
  SELECT id FROM jobs AS candidate
  WHERE status = 'queued'
    AND (SELECT count(*) FROM jobs WHERE status = 'running') < ?
    AND (available_at IS NULL OR available_at <= ?)
    AND (task IS NULL OR task IN (SELECT value FROM json_each(?)))
    AND (mount IS NULL OR NOT EXISTS (
      SELECT 1 FROM jobs AS other
      WHERE other.mount = candidate.mount AND other.image IS NOT NULL AND other.status = 'running'))`

export const claimable = `${claimableWhere} ORDER BY priority, id LIMIT 1`

export const claimableGated = `${claimableWhere}
    AND NOT EXISTS (
      SELECT 1 FROM jobs AS earlier
      WHERE earlier.repo = candidate.repo AND earlier.id < candidate.id AND earlier.status IN ('queued', 'running'))
  ORDER BY priority, id LIMIT 1`

export const insertRun = `
  INSERT INTO runs (life_id, token, started_at, job_id, agent, attempt, parent_run_id, session_id)
  SELECT ?, ?, ?, id, agent, attempts + 1, coalesce((SELECT max(id) FROM runs WHERE job_id = jobs.id), parent_run_id),
    coalesce((SELECT session_id FROM runs WHERE job_id = jobs.id ORDER BY id DESC LIMIT 1), session_id)
  FROM jobs WHERE id = ? RETURNING id, session_id`

/** The fence is the run's id, never reused; run_id and pid stay NULL until the stamp. */
export const claim = `
  UPDATE jobs SET status = 'running', fence = ?, life_id = ?, started_at = ?, attempts = attempts + 1,
    run_id = NULL, pid = NULL, available_at = NULL
  WHERE id = ? AND status = 'queued' RETURNING *`

/**
 * fence, status: the claim may have been reaped or given back while the process was starting. run_id: one stamp only.
 * lives: whoever has ended the life has looked for what it started, and may not have seen this.
 */
export const stampJob = `
  UPDATE jobs SET run_id = ?, pid = ? WHERE id = ? AND fence = ? AND status = 'running' AND run_id IS NULL
    AND EXISTS (SELECT 1 FROM lives AS l WHERE l.id = jobs.life_id AND l.ended_at IS NULL)`

export const stampRun = `
  UPDATE runs SET phase = 'running', pid = ?, start_time = ?, container = ? WHERE id = ? AND phase = 'starting'`

/**
 * finished_at: whoever gave the run up has finished it; its late exit changes nothing any more. life_id: another life may
 * have adopted it.
 */
export const recordExit = `
  UPDATE runs SET phase = 'exited', exit_code = ?, signal = ?, session_id = coalesce(?, session_id), finished_at = ?
  WHERE id = ? AND finished_at IS NULL AND life_id = ?`

export const exitRecorded = 'SELECT 1 FROM runs WHERE id = ? AND finished_at IS NOT NULL'

/** life_id: another life may have adopted the run. IS: rows of an old database have neither. */
export const heldJob = `SELECT * FROM jobs WHERE id = ? AND fence IS ? AND life_id IS ? AND status = 'running'`

/**
 * life_id: of two that find it orphaned, one adopts it, and what was given back has none. finished_at: its owner may have
 * recorded its end, and there is nothing to watch any more.
 */
export const adoptJob = `
  UPDATE jobs SET life_id = ? WHERE id = ? AND fence = ? AND life_id = ?
    AND EXISTS (SELECT 1 FROM runs AS r WHERE r.id = jobs.fence AND r.finished_at IS NULL) RETURNING *`

export const adoptRun = 'UPDATE runs SET life_id = ? WHERE id = ? RETURNING session_id'

export const backToQueue = `
  UPDATE jobs SET status = 'queued', run_id = NULL, pid = NULL, started_at = NULL, finished_at = NULL, life_id = NULL,
    error = ?, available_at = ?, attempts = ?, transient_attempts = ?, launch_failures = ?, lost_runs = ?
  WHERE id = ? AND status = 'running'`

export const finish = `
  UPDATE jobs SET status = ?, finished_at = ?, error = ?,
    attempts = ?, transient_attempts = ?, launch_failures = ?, lost_runs = ?
  WHERE id = ? AND status = 'running'`

/** A container is still to be removed, and somebody may look at it. */
export const finishRun = `
  UPDATE runs SET phase = iif(container IS NULL, 'finished', 'waiting'), outcome = ?, error = ?,
    finished_at = coalesce(finished_at, ?) WHERE id = ?`

export const closeRun = `UPDATE runs SET phase = 'finished' WHERE id = ? AND phase = 'waiting'`

export const cancelRequests = `
  SELECT id, fence FROM jobs WHERE status = 'running' AND cancel_requested_at IS NOT NULL AND life_id = ?
  UNION ALL
  SELECT job_id, id FROM runs
  WHERE phase = 'waiting' AND life_id = ?
    AND (released_at IS NOT NULL OR EXISTS (SELECT 1 FROM deletions AS d WHERE d.job_id = runs.job_id))
  ORDER BY 1`

/** Runs that wait under this life, or under one that has ended: their listeners ended with it. */
export const waitingRuns = `
  SELECT r.id, r.token FROM runs AS r JOIN lives AS l ON l.id = r.life_id
  WHERE r.phase = 'waiting' AND (l.ended_at IS NOT NULL OR l.id = ?) ORDER BY r.id`

export const countWaiting = `SELECT count(*) AS n FROM runs WHERE phase = 'waiting'`

export const installation = 'SELECT token FROM installation'

export const usesContainers = 'SELECT containers FROM installation'

const notDeleted = 'NOT EXISTS (SELECT 1 FROM deletions AS d WHERE d.job_id = jobs.id)'

export const countByStatus = `
  SELECT status, count(*) AS n FROM jobs WHERE status IN ('queued', 'running') OR ${notDeleted} GROUP BY status`

/** What is to be deleted and finished is as good as gone. */
export const listed = `
  SELECT * FROM jobs WHERE status = coalesce(?, status) AND (status IN ('queued', 'running') OR ${notDeleted})
  ORDER BY id DESC LIMIT ?`

export const runsOfJob = `
  SELECT id, job_id, attempt, parent_run_id, phase, pid, container, session_id, started_at, finished_at, exit_code, signal, outcome, error
  FROM runs WHERE job_id = ? ORDER BY id`

/** The first request stands. */
export const requestDeletion = `
  INSERT INTO deletions (job_id, requested_at) SELECT id, ? FROM jobs WHERE id = ? ON CONFLICT DO NOTHING`

const removableJobs = `
  SELECT j.id, j.mount, (
    SELECT json_group_array(r.id) FROM runs AS r
    WHERE r.job_id = j.id AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.run_id = r.id)) AS runs
  FROM deletions AS d JOIN jobs AS j ON j.id = d.job_id
  WHERE j.status NOT IN ('queued', 'running')
    AND NOT EXISTS (SELECT 1 FROM runs AS waiting WHERE waiting.job_id = j.id AND waiting.phase = 'waiting')`

/**
 * status, phase: a job that is not finished has an owner, or may get one, and so has a run that waits. d.job_id: ordered
 * by j.id, it would read all jobs.
 */
export const removableOne = `${removableJobs} AND d.job_id = ?`

export const removable = `${removableJobs} AND d.job_id > ? ORDER BY d.job_id LIMIT ?`

/** Only what was asked for: a job whose deletion is not on record stays. status, phase: as above. */
export const removeDeletion = `
  DELETE FROM deletions WHERE job_id = ?
    AND (SELECT status FROM jobs WHERE id = job_id) NOT IN ('queued', 'running')
    AND NOT EXISTS (SELECT 1 FROM runs AS waiting WHERE waiting.job_id = deletions.job_id AND waiting.phase = 'waiting')`

export const removeRuns = 'DELETE FROM runs WHERE job_id = ?'

export const removeJob = 'DELETE FROM jobs WHERE id = ?'

/** lives: of a run whose life is not here, a copy of this database may know. */
export const runsOver = `
  SELECT value ->> 'token' AS token FROM json_each(?)
  WHERE EXISTS (SELECT 1 FROM lives AS l WHERE l.token = value ->> 'life')
    AND NOT EXISTS (
      SELECT 1 FROM runs AS r JOIN lives AS l ON l.id = r.life_id
      WHERE r.token = value ->> 'token' AND r.phase <> 'finished' AND l.ended_at IS NULL)`

/**
 * Of a life that has ended, the runs are recovery's, which may adopt their containers; but what waits has nobody to wait
 * for any more.
 */
export const containersOver = `
  SELECT value ->> 'token' AS token FROM json_each(?)
  WHERE EXISTS (SELECT 1 FROM lives AS l WHERE l.token = value ->> 'life')
    AND NOT EXISTS (
      SELECT 1 FROM runs AS r JOIN lives AS l ON l.id = r.life_id
      WHERE r.token = value ->> 'token' AND r.phase <> 'finished' AND (r.phase <> 'waiting' OR l.ended_at IS NULL))`

/** sqlite_sequence, taken: what is called by a number that no run has had yet, or that was there before its run, is not ours. */
export const unknownRuns = `
  SELECT value AS id FROM json_each(?)
  WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id = value) AND NOT EXISTS (SELECT 1 FROM taken WHERE run_id = value)
    AND value <= (SELECT seq FROM sqlite_sequence WHERE name = 'runs')`

export const takePlace = 'INSERT INTO taken (run_id) VALUES (?)'

/** sqlite_sequence: a mount begins with the id of its job; what no job has had yet is not ours. */
export const unknownMounts = `
  SELECT value AS mount FROM json_each(?)
  WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE mount = value AND image IS NOT NULL)
    AND CAST(value AS INTEGER) <= (SELECT seq FROM sqlite_sequence WHERE name = 'jobs')`

const runningColumns = `
  SELECT j.id, j.fence, j.task, j.image, j.run_id, j.pid, r.container, j.started_at, j.life_id, j.transient_delay_ms,
    r.token, r.start_time,
    r.finished_at AS run_finished_at, r.exit_code, r.signal, l.token AS life_token, l.boot_id, l.pid_namespace
  FROM jobs AS j LEFT JOIN runs AS r ON r.id = j.fence LEFT JOIN lives AS l ON l.id = j.life_id
  WHERE j.status = 'running'`

export const running = `${runningColumns} AND j.life_id = ? ORDER BY j.id`

export const orphans = `${runningColumns} AND (l.id IS NULL OR l.ended_at IS NOT NULL) ORDER BY j.id`

/** The plus: to have them in their order, SQLite would rather read all jobs than those that are queued. */
export const findImpossibleQueued = `
  SELECT id, run_id, pid, started_at FROM jobs
  WHERE status = 'queued' AND (run_id IS NOT NULL OR pid IS NOT NULL OR started_at IS NOT NULL) ORDER BY +id`

/** status: a claim may have taken the row since it was found; what runs is not ours to touch. */
export const sanitizeImpossibleQueued = `
  UPDATE jobs SET run_id = NULL, pid = NULL, started_at = NULL
  WHERE status = 'queued' AND (run_id IS NOT NULL OR pid IS NOT NULL OR started_at IS NOT NULL) RETURNING id`
