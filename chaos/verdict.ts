/** What must be true when the dust has settled. Every sentence that comes out of here is something that went wrong. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Host, JobId } from '../src/library/index.ts'

export interface Evidence {
  readonly host: Host
  readonly runsDirectory: string
  readonly effects: string
  /** Jobs whose submit was acknowledged. */
  readonly acknowledged: readonly JobId[]
  /** Jobs of which a cancel was accepted. */
  readonly cancelled: ReadonlySet<JobId>
}

interface JobRow {
  readonly id: JobId
  readonly status: string
  readonly fence: number | null
}

interface RunRow {
  readonly id: number
  readonly job_id: JobId
  readonly token: string
  readonly phase: string
}

interface Effect {
  readonly what: 'begin' | 'end'
  readonly job: JobId
  readonly token: string
}

export async function verdict(evidence: Evidence): Promise<readonly string[]> {
  const { database } = evidence.host.ports
  const jobs = new Map((database.prepare('SELECT * FROM jobs').all() as JobRow[]).map((job) => [job.id, job]))
  const runs = database.prepare('SELECT * FROM runs').all() as RunRow[]
  const effects = effectsIn(evidence.effects)
  return [
    ...ofJobs(evidence, jobs),
    ...ofEffects(effects),
    ...ofOutcomes(jobs, runs, effects),
    ...ofRuns(runs, evidence.runsDirectory),
    ...(await ofProcesses(evidence.host)),
  ]
}

function effectsIn(file: string): Effect[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => {
    const [what, job, token] = line.split(' ')
    return { what: what as Effect['what'], job: Number(job) as JobId, token: token! }
  })
}

function* ofJobs({ acknowledged, cancelled }: Evidence, jobs: ReadonlyMap<JobId, JobRow>): Iterable<string> {
  for (const id of acknowledged) {
    const job = jobs.get(id)
    if (job === undefined) yield `the submit of job ${id} was acknowledged, and there is no such job`
    else if (job.status === 'queued' || job.status === 'running') yield `job ${id} is ${job.status} for ever`
    else if (cancelled.has(id) && job.status !== 'cancelled')
      yield `a cancel of job ${id} was accepted, and it is ${job.status}`
  }
  if (jobs.size > acknowledged.length) yield `${jobs.size} jobs for ${acknowledged.length} submits`
}

/** No attempt has an effect twice, and no two attempts of one job are at work together. */
function* ofEffects(effects: readonly Effect[]): Iterable<string> {
  const seen = new Set<string>()
  const latest = new Map<JobId, string>()
  for (const { what, job, token } of effects) {
    const name = `${what} ${token}`
    if (seen.has(name)) yield `an attempt of job ${job} said "${what}" twice (${token})`
    seen.add(name)
    if (what === 'begin') latest.set(job, token)
    else if (latest.get(job) !== token) yield `an attempt of job ${job} worked on after the next had begun (${token})`
  }
}

function* ofOutcomes(
  jobs: ReadonlyMap<JobId, JobRow>,
  runs: readonly RunRow[],
  effects: readonly Effect[],
): Iterable<string> {
  const ended = new Set(effects.filter(({ what }) => what === 'end').map(({ token }) => token))
  const tokens = new Map(runs.map(({ id, token }) => [id, token]))
  for (const { id, status, fence } of jobs.values())
    if (status === 'done' && !ended.has(tokens.get(fence ?? 0) ?? ''))
      yield `job ${id} is done, and its last run never came to its end`
}

function* ofRuns(runs: readonly RunRow[], directory: string): Iterable<string> {
  const known = new Set(runs.map(({ id }) => String(id)))
  for (const { id, phase } of runs) if (phase !== 'finished') yield `run ${id} is ${phase} for ever`
  for (const name of readdirSync(directory))
    if (/^\d+$/.test(name) && !known.has(name)) yield `the directory of run ${name} belongs to nobody`
}

async function ofProcesses({ ports }: Host): Promise<readonly string[]> {
  const { token } = ports.database.prepare('SELECT token FROM installation').get() as { token: string }
  const left = await ports.processes.carrying([token])
  return left.map(({ pid }) => `process ${pid} has no owner`)
}
