/** What a campaign against the orchestrator must have gone through: one that never saw a takeover says nothing about takeovers. */
import type { Situation } from '../../explore/index.ts'
import { notices } from './notices.ts'
import { type JobChange, jobChange } from './rows.ts'

function onJob(name: string, seen: (change: JobChange) => boolean, families?: readonly string[]): Situation {
  return {
    name,
    ...(families === undefined ? {} : { families }),
    seen: (change) => {
      const job = jobChange(change)
      return job !== undefined && seen(job)
    },
  }
}

function leavesRunning({ before, after }: JobChange): boolean {
  return before?.status === 'running' && after !== undefined && after.status !== 'running'
}

function isWorkCancelled({ before, after }: JobChange): boolean {
  return (
    before?.status === 'running' &&
    before.task !== null &&
    before.run_id !== null &&
    before.cancel_requested_at === null &&
    typeof after?.cancel_requested_at === 'number'
  )
}

export const situations: readonly Situation[] = [
  onJob('a failed job is tried again', ({ by, after }) => by === 'requeue' && after?.status === 'queued'),
  onJob('a job fails transiently', ({ by, after }) => by === 'requeueTransient' && after?.status === 'queued'),
  onJob(
    'a launch fails',
    ({ before, after }) => before !== undefined && (after?.launch_failures ?? 0) > before.launch_failures,
  ),
  onJob(
    'a running job is cancelled',
    ({ before, after }) => before?.status === 'running' && after?.status === 'cancelled',
  ),
  onJob(
    'a cancel comes while a process is spawned',
    ({ before, after }) =>
      before?.status === 'running' &&
      before.task === null &&
      before.run_id === null &&
      before.cancel_requested_at === null &&
      typeof after?.cancel_requested_at === 'number',
  ),
  onJob('the reaper ends a run', (change) => change.by === 'reap' && leavesRunning(change)),
  onJob('a run is lost with its server', ({ by, after }) => by === 'requeueRunning' && after?.status === 'queued'),
  {
    name: 'a server gives up another',
    families: ['ownership', 'servers', 'survivors', 'legacy'],
    seen: ({ table, before, after, life }, view) => {
      if (table !== 'lives' || before?.ended_at !== null || typeof after?.ended_at !== 'number') return false
      const owner = view.lifeAt(String(after.pid_namespace), Number(after.pid), Number(after.start_time))
      return owner !== undefined && owner.name !== life
    },
  },
  onJob('a job is removed', ({ by, after }) => by === 'remove' && after === undefined, ['tasks', 'records']),
  {
    name: 'a running job is to be deleted',
    families: ['tasks', 'records'],
    seen: ({ table, id, after }, view) =>
      table === 'deletions' && after !== undefined && view.row('jobs', id)?.status === 'running',
  },
  onJob('a task is cancelled while its handler works', isWorkCancelled, ['tasks']),
  { name: 'a handler ignores its signal', families: ['tasks'] },
  { name: 'a second orchestrator is refused', families: ['tenants'] },
  { name: 'a job waits while the disk is full', families: ['records'] },
  { name: 'a crash falls into the migration', families: ['migration'] },
  {
    name: 'an id would have been reused',
    families: ['run-ids', 'records'],
    seen: ({ table, id, before }, view) =>
      table === 'runs' && before === undefined && view.row('runs', id - 1) === undefined && id > 1,
  },
  { name: 'a removal meets EBUSY', families: ['run-ids', 'records'] },
  { name: 'a stale result.json is there', families: ['run-ids'] },
  ...notices,
  {
    name: 'a container is adopted',
    families: ['run-ids', 'adoption'],
    seen: ({ table, by }) => table === 'runs' && by === 'adopt',
  },
  {
    name: 'a run waits for its listeners',
    families: ['run-ids'],
    seen: ({ table, before, after }) => table === 'runs' && before?.phase === 'exited' && after?.phase === 'waiting',
  },
  ...['queued', 'starting', 'running', 'waiting'].map((phase) => ({
    name: `a cancel falls into ${phase}`,
    families: ['run-ids'],
  })),
  { name: 'a cancel falls into exited', families: ['run-ids'], isRare: true as const },
  onJob('an impossible row is healed', ({ by }) => by === 'sanitize', ['legacy']),
]
