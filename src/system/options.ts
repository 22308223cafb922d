/** How an orchestrator behaves; every number has its unit in its name. */
export interface Options {
  /** Runs at the same time, over all servers on the database. */
  readonly maxConcurrency: number
  /** A job waits while an earlier unfinished one of its repo exists (ORCH_SERIAL_GATE_ENABLED). */
  readonly serialGate: boolean
  /** Impossible queued rows are healed at the start and on each reaper round (ORCH_IMPOSSIBLE_QUEUED_SANITIZE_ENABLED). */
  readonly sanitizeImpossibleQueued: boolean
  readonly pollMs: number
  readonly reapMs: number
  readonly beatMs: number
  /** Another server is given up after so many reaper rounds without a heartbeat of it. */
  readonly leaseRounds: number
  /** Tier 1: rounds in a row in which a run's process was found dead. */
  readonly deadTicks: number
  /** Tier 2: how long after a recorded exit the job may stay unfinished. */
  readonly exitGraceMs: number
  /** Tier 3: how long a job may run at all. */
  readonly ageMaxMs: number
  readonly spawnTimeoutMs: number
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number
  /** How long the container of a run that has ended is kept for those who look at it. */
  readonly keepaliveMs: number
  /** How long a stop waits for runs to end by themselves. */
  readonly drainMs: number
  /** With less room on the disk, nothing is claimed. */
  readonly freeBytesMin: number
  readonly transientMax: number
  readonly launchFailuresMax: number
  readonly lostRunsMax: number
}

export const defaultOptions: Options = {
  maxConcurrency: 1,
  serialGate: true,
  sanitizeImpossibleQueued: true,
  pollMs: 2_000,
  reapMs: 5_000,
  beatMs: 5_000,
  leaseRounds: 4,
  deadTicks: 2,
  exitGraceMs: 300_000,
  ageMaxMs: 5_400_000,
  spawnTimeoutMs: 60_000,
  killGraceMs: 5_000,
  keepaliveMs: 300_000,
  drainMs: 30_000,
  freeBytesMin: 67_108_864,
  transientMax: 10,
  launchFailuresMax: 5,
  lostRunsMax: 5,
}

/** The published kill-switches: 0, false, no and off (in any case) switch off, everything else leaves the default. */
export function optionsFromEnvironment(env: Readonly<Record<string, string | undefined>>): Partial<Options> {
  const isOff = (name: string) => /^(0|false|no|off)$/i.test(env[name] ?? '')
  return {
    ...(isOff('ORCH_SERIAL_GATE_ENABLED') ? { serialGate: false } : {}),
    ...(isOff('ORCH_IMPOSSIBLE_QUEUED_SANITIZE_ENABLED') ? { sanitizeImpossibleQueued: false } : {}),
  }
}
