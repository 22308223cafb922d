/** ORCH-1 … ORCH-15 of incident 2, each fed with what changed. ORCH-14 is not used. */
import type { Check, Finding, Invariant, View } from '../../explore/index.ts'
import { isFinal, isTransition } from '../../model/lifecycle.ts'
import { isFreshClaim, isImpossibleQueued } from '../../model/ownership.ts'
import type { Change } from '../../sim/index.ts'
import type { Job } from '../../system/index.ts'
import { admission } from './admission.ts'
import { containerSafety } from './containerSafety.ts'
import { deletion } from './deletion.ts'
import { handlers } from './handlers.ts'
import { liveness } from './liveness.ts'
import { migration } from './migration.ts'
import { ours } from './ours.ts'
import { about, isAlive, type JobChange, jobChange, jobsOf, optionsOf, processOf, runOf } from './rows.ts'
import { runIds } from './runIds.ts'

/** An invariant on single changes of jobs. */
function onJob(name: string, story: string, check: (change: JobChange, view: View) => string | undefined): Invariant {
  return {
    name,
    kind: 'safety',
    story,
    begin: (view) => ({
      changed: (change) => {
        const job = jobChange(change)
        const text = job === undefined ? undefined : check(job, view)
        return text === undefined ? undefined : { text, about: about(job!.id, job!.after?.pid ?? job!.before?.pid) }
      },
    }),
  }
}

function triple({ run_id, pid, started_at }: Job): string {
  return `run_id ${run_id}, pid ${pid}, started_at ${started_at}`
}

const orch1 = onJob(
  'ORCH-1',
  'a queued job belongs to nobody: run_id, pid and started_at are NULL',
  ({ id, after, by }) =>
    after !== undefined && isImpossibleQueued(after) ? `${by} left job ${id} queued with ${triple(after)}` : undefined,
)

const orch2 = onJob(
  'ORCH-2',
  'the pid of a running job was stamped by the spawn of this claim',
  ({ id, before, after, by }, view) => {
    if (after?.status !== 'running' || after.pid === null || after.fence === null) return undefined
    if (before?.status === 'running' && before.fence === after.fence && before.pid === after.pid) return undefined
    const run = runOf(view, after)
    const process = processOf(view, after)
    if (process?.env.STRANDLINE_RUN === run?.token && after.run_id === after.fence) return undefined
    const whose = process === undefined ? 'nobody that this claim started' : process.label
    return `${by} left job ${id} running with run ${after.run_id} and pid ${after.pid}, which is ${whose}`
  },
)

const orch3 = onJob('ORCH-3', 'a fresh claim has a start and neither run nor pid', ({ id, before, after }) => {
  if (before?.status !== 'queued' || after?.status !== 'running' || isFreshClaim(after)) return undefined
  return `job ${id} was claimed with ${triple(after)}`
})

const orch4: Invariant = {
  name: 'ORCH-4',
  kind: 'safety',
  story: 'no more run than may, each claim has one winner, and one process belongs to it',
  begin: (view) => {
    const started = new Map<string, number>()
    const { maxConcurrency } = optionsOf(view)
    return {
      changed: (change) => {
        const job = jobChange(change)
        if (job?.after?.status !== 'running') return undefined
        if (job.before?.status === 'running' && job.before.fence !== job.after.fence)
          return {
            text: `job ${job.id} was claimed twice: fence ${job.before.fence}, then ${job.after.fence}`,
            about: about(job.id),
          }
        if (job.before?.status === 'running') return undefined
        const running = [...jobsOf(view)].filter(({ status, fence }) => status === 'running' && fence !== null)
        if (running.length <= maxConcurrency) return undefined
        return {
          text: `${running.length} jobs run, ${maxConcurrency} may`,
          about: running.map(({ id }) => `job:${id}`),
        }
      },
      happened: (event) => {
        if (event.kind !== 'processStarted' || event.token === undefined || !event.byServer) return undefined
        const processes = (started.get(event.token) ?? 0) + 1
        started.set(event.token, processes)
        if (processes === 1) return undefined
        return { text: `${processes} processes were started for one claim`, about: [`pid:${event.pid}`] }
      },
    }
  },
}

const orch5: Invariant = {
  name: 'ORCH-5',
  kind: 'safety',
  story: 'a claim ends once, and whoever loses the race to end it changes nothing',
  begin: () => {
    const ended = new Set<unknown>()
    return {
      changed: (change) => endedTwice(change, ended) ?? runChangedLate(change),
    }
  },
}

function endedTwice(change: Change, ended: Set<unknown>): Finding | undefined {
  const job = jobChange(change)
  if (job?.before === undefined || job.after === undefined) return undefined
  const { before, after } = job
  if (before.status !== after.status && !isTransition(before.status, after.status))
    return { text: `${job.by} moved job ${job.id} from ${before.status} to ${after.status}`, about: about(job.id) }
  if (before.status !== 'running' || after.status === 'running' || before.fence === null) return undefined
  if (ended.has(before.fence))
    return { text: `the claim ${before.fence} of job ${job.id} ended twice`, about: about(job.id) }
  ended.add(before.fence)
  return undefined
}

function runChangedLate({ table, id, before, after, by }: Change): Finding | undefined {
  if (table !== 'runs' || before?.phase !== 'finished' || after === undefined) return undefined
  return { text: `${by} changed run ${id} after it was finished`, about: [`job:${after.job_id}`, `run:${id}`] }
}

/** Nothing of what was launched is known yet: of a process its pid, of a container that it runs. */
function isInWindow({ image, pid, run_id }: Job): boolean {
  return image === null ? pid === null : run_id === null
}

const orch6: Invariant = {
  name: 'ORCH-6',
  kind: 'safety',
  story: 'a job in its spawn window is left alone until the age of tier 3',
  begin: (view) => {
    const { ageMaxMs } = optionsOf(view)
    const claimedUs = new Map<number, number>()
    return {
      changed: (change) => {
        const job = jobChange(change)
        const { before, after } = job ?? {}
        if (after?.status === 'running' && before?.status !== 'running') claimedUs.set(after.id, view.nowUs)
        if (job?.by !== 'reap' || before?.status !== 'running' || !isInWindow(before) || before.fence === null)
          return undefined
        const ageMs = Math.round((view.nowUs - (claimedUs.get(job.id) ?? 0)) / 1000)
        if (ageMs >= ageMaxMs) return undefined
        const text = `job ${job.id} was reaped ${ageMs} ms after its claim, before its process was known`
        return { text, about: about(job.id) }
      },
    }
  },
}

const orch7: Invariant = {
  name: 'ORCH-7',
  kind: 'safety',
  story: 'a live run is never reaped as dead or exited',
  begin: (view) => ({
    changed: (change) => {
      const job = jobChange(change)
      if (job?.by !== 'reap' || job.before?.status !== 'running' || job.after?.status === 'running') return undefined
      const run = runOf(view, job.before)
      for (const process of view.children())
        if (process.env.STRANDLINE_RUN === run?.token && isAlive(process))
          return {
            text: `job ${job.id} was reaped while its process ${process.pid} lived`,
            about: about(job.id, process.pid),
          }
      return undefined
    },
  }),
}

const orch8 = onJob(
  'ORCH-8',
  'what is finished stays as it is, with its run, start and end',
  ({ id, before, after, by }) => {
    if (before !== undefined && after !== undefined && isFinal(before.status))
      return `${by} changed job ${id}, which was ${before.status}`
    if (after === undefined || !isFinal(after.status)) return undefined
    if (after.finished_at === null) return `job ${id} is ${after.status} without an end`
    if (before?.status !== 'running') return undefined
    if (after.run_id === before.run_id && after.started_at === before.started_at) return undefined
    return `job ${id} lost its run or its start when it became ${after.status}`
  },
)

const orch9 = onJob(
  'ORCH-9',
  'the sanitizer touches impossible rows only, and of them only the triple',
  ({ id, before, after, by }) => {
    if (by !== 'sanitize' || before === undefined || after === undefined) return undefined
    if (!isImpossibleQueued(before)) return `job ${id} was sanitized although it was ${before.status} and sound`
    const others = (Object.keys(before) as (keyof Job)[]).filter(
      (column) => !['run_id', 'pid', 'started_at'].includes(column) && before[column] !== after[column],
    )
    if (others.length > 0) return `sanitizing job ${id} changed ${others.join(', ')}`
    return isImpossibleQueued(after) ? `job ${id} is impossible after sanitizing` : undefined
  },
)

const orch10 = onJob(
  'ORCH-10',
  'a requeue keeps what it must: the error, and for a transient one its count and its time',
  ({ id, before, after, by }) => {
    if (before?.status !== 'running' || after?.status !== 'queued') return undefined
    if (after.finished_at !== null) return `job ${id} is queued with an end`
    if (after.error === null) return `${by} requeued job ${id} without its error`
    if (by !== 'requeueTransient') return undefined
    if (after.transient_attempts !== before.transient_attempts + 1)
      return `job ${id} did not count its transient failure`
    return after.available_at === null ? `job ${id} has no time for its next try` : undefined
  },
)

const orch11 = onJob(
  'ORCH-11',
  'no more attempts than allowed, and a job that was never launched is claimable at once',
  ({ id, before, after, by }) => {
    if (after === undefined) return undefined
    if (after.attempts > after.max_attempts)
      return `job ${id} has had ${after.attempts} of ${after.max_attempts} attempts`
    const launchFailed = before !== undefined && after.launch_failures > before.launch_failures
    return launchFailed && after.status === 'queued' && after.available_at !== null
      ? `${by} made job ${id} wait after a launch error`
      : undefined
  },
)

const orch15: Invariant = {
  name: 'ORCH-15',
  kind: 'safety',
  story: 'the kill-switch stops the sanitizer, and its counter counts what was healed',
  begin: (view): Check => {
    const { sanitizeImpossibleQueued } = optionsOf(view)
    const healed = new Map<string, number>()
    const living = new Set<string>()
    return {
      changed: (change) => {
        const job = jobChange(change)
        if (job?.by !== 'sanitize') return undefined
        healed.set(job.life, (healed.get(job.life) ?? 0) + 1)
        return sanitizeImpossibleQueued
          ? undefined
          : { text: `job ${job.id} was sanitized although that is switched off`, about: about(job.id) }
      },
      happened: (event) => {
        if (event.kind === 'lifeStarted') living.add(`server${event.server}.${event.ordinal}`)
        if (event.kind === 'lifeEnded') living.delete(`server${event.server}.${event.ordinal}`)
        return undefined
      },
      settled: () => {
        let expected = 0
        for (const life of living) expected += healed.get(life) ?? 0
        const counted = view.gauge('impossible_queued_total')
        return counted === expected
          ? undefined
          : { text: `${expected} rows were healed, impossible_queued_total says ${counted}`, about: [] }
      },
    }
  },
}

export const invariants: readonly Invariant[] = [
  orch1,
  orch2,
  orch3,
  orch4,
  orch5,
  orch6,
  orch7,
  orch8,
  orch9,
  orch10,
  orch11,
  ...liveness,
  orch15,
  ...ours,
  ...admission,
  ...deletion,
  ...handlers,
  ...runIds,
  ...containerSafety,
  ...migration,
]
