/** What must be true when the dust has settled. Every sentence that comes out of here is something that went wrong. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Host, JobId, RunId } from '../src/library/index.ts'
import { outputOf } from './workload.ts'

export interface Evidence {
  readonly host: Host
  readonly runsDirectory: string
  readonly effects: string
  /** Jobs whose submit was acknowledged. */
  readonly acknowledged: readonly JobId[]
  /** Jobs of which a cancel was accepted. */
  readonly cancelled: ReadonlySet<JobId>
  /** Jobs of which a deletion was accepted. */
  readonly deleted: ReadonlySet<JobId>
}

interface JobRow {
  readonly id: JobId
  readonly status: string
  readonly fence: RunId | null
}

interface RunRow {
  readonly id: RunId
  readonly job_id: JobId
  readonly token: string
  readonly phase: string
  readonly exit_code: number | null
  readonly signal: string | null
  readonly outcome: string | null
}

interface Effect {
  readonly what: 'begin' | 'end'
  readonly job: JobId
  readonly token: string
}

export async function verdict(evidence: Evidence): Promise<readonly string[]> {
  const { database } = evidence.host.ports
  const jobs = new Map((database.prepare('SELECT * FROM jobs').all() as JobRow[]).map((job) => [job.id, job]))
  const runs = database.prepare('SELECT * FROM runs ORDER BY id').all() as RunRow[]
  const effects = effectsIn(evidence.effects)
  return [
    ...ofJobs(evidence, jobs),
    ...ofEffects(effects),
    ...ofOutcomes(jobs, runs, effects),
    ...ofOutputs(evidence.host, jobs),
    ...ofExits(runs),
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

function* ofJobs({ acknowledged, cancelled, deleted }: Evidence, jobs: ReadonlyMap<JobId, JobRow>): Iterable<string> {
  const submitted = new Set(acknowledged)
  for (const id of jobs.keys()) if (!submitted.has(id)) yield `nobody has submitted job ${id}`
  for (const id of acknowledged) {
    const job = jobs.get(id)
    if (deleted.has(id)) {
      if (job !== undefined) yield `a deletion of job ${id} was accepted, and it is there and ${job.status}`
    } else if (job === undefined) yield `the submit of job ${id} was acknowledged, and there is no such job`
    else if (job.status === 'queued' || job.status === 'running') yield `job ${id} is ${job.status} for ever`
    else if (cancelled.has(id) && job.status !== 'cancelled')
      yield `a cancel of job ${id} was accepted, and it is ${job.status}`
  }
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
    if (status === 'done' && (fence === null || !ended.has(tokens.get(fence) ?? '')))
      yield `job ${id} is done, and its last run never came to its end`
}

function* ofOutputs({ ports }: Host, jobs: ReadonlyMap<JobId, JobRow>): Iterable<string> {
  for (const { id, status, fence } of jobs.values()) {
    if (status !== 'done' || fence === null) continue
    const path = ports.files.outputOf(fence)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    if (text !== outputOf(id)) yield `job ${id} is done, and the output of its run ${fence} is ${JSON.stringify(text)}`
  }
}

/** What has an exit on record was not lost, and what has ended well is not done again. */
function* ofExits(runs: readonly RunRow[]): Iterable<string> {
  const done = new Map<JobId, RunId>()
  for (const { id, job_id, outcome, exit_code, signal } of runs) {
    if (outcome === 'lost' && (exit_code !== null || signal !== null))
      yield `run ${id} of job ${job_id} counts as lost, and its exit is on record: ${exit_code ?? signal}`
    if (done.has(job_id)) yield `job ${job_id} had run ${id} after its run ${done.get(job_id)} had ended with 0`
    if (exit_code === 0) done.set(job_id, id)
  }
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
