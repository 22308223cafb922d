/** FBI-1 … FBI-12 of incident 1, but for FBI-2 and FBI-11, which are about migrations. */
import type { Check, Finding, Invariant, View } from '../../explore/index.ts'
import type { RunId } from '../../model/ids.ts'
import { isFinal } from '../../model/lifecycle.ts'
import { type Change, RUNS, type WorldEvent } from '../../sim/index.ts'
import { statePlace } from '../../system/index.ts'
import { tokenOf } from './agents.ts'
import { accepted } from './cancels.ts'
import { containerLiveness } from './containerLiveness.ts'
import { about, jobChange, type RunRow } from './rows.ts'
import { registriesOf } from './watched.ts'

const RESULT = 'result.json'
const SIGNALS = [RESULT, 'agent-status', 'session-id', 'ready']

/** What is known of a container beside what the engine still remembers. */
class Lives {
  private readonly tokens = new Map<string, string>()
  readonly codes = new Map<string, number>()
  readonly results = new Map<string, number>()

  tokenOf(container: unknown): string | undefined {
    return this.tokens.get(String(container))
  }

  hear(event: WorldEvent, view: View): void {
    if (event.kind === 'containerStarted') {
      const container = view.containers().find(({ id }) => id === event.id)
      if (container !== undefined) this.tokens.set(event.id, tokenOf(container))
    } else if (event.kind === 'containerEnded') this.codes.set(this.tokens.get(event.id) ?? '', event.code)
    else if (event.kind === 'containerWrote' && event.path.endsWith(RESULT))
      this.results.set(this.tokens.get(event.id) ?? '', (JSON.parse(event.text) as { exit_code: number }).exit_code)
  }
}

/** The run of a container that gets its outcome in this change. */
function concluded({ table, before, after }: Change): RunRow | undefined {
  if (table !== 'runs' || after === undefined || after.container === null) return undefined
  const isNew = after.exit_code !== null && before?.exit_code !== after.exit_code
  return isNew ? (after as unknown as RunRow) : undefined
}

const provenance: Invariant = {
  name: 'FBI-1',
  kind: 'safety',
  story: 'the outcome of a run comes from its own container and its own result.json, and from nothing else',
  begin: (view): Check => {
    const lives = new Lives()
    const misled = new Set<string>()
    return {
      happened: (event) => {
        lives.hear(event, view)
        if (event.kind !== 'fileRead' || !event.path.endsWith(RESULT)) return undefined
        const run = view.row('runs', Number(event.path.split('/')[0]))
        if (run !== undefined && run.token !== lives.tokenOf(event.writer)) misled.add(String(run.token))
        return undefined
      },
      changed: (change) => {
        const run = concluded(change)
        if (run === undefined) return undefined
        const found = (text: string): Finding => ({ text, about: [...about(run.job_id), `run:${run.id}`] })
        if (misled.has(run.token))
          return found(`run ${run.id} has its outcome from a result that another run has written`)
        const code = lives.codes.get(run.token)
        if (code === undefined)
          return found(`run ${run.id} ended with ${run.exit_code}, and its own container had not ended`)
        const own = lives.results.get(run.token)
        return own === undefined || own === run.exit_code
          ? undefined
          : found(`run ${run.id} ended with ${run.exit_code}, and its own result.json says ${own}`)
      },
    }
  },
}

const engineSays: Invariant = {
  name: 'FBI-6',
  kind: 'safety',
  story: 'where its container has written no result.json, a run ends with the exit code that the engine says',
  begin: (view): Check => {
    const lives = new Lives()
    return {
      happened: (event) => {
        lives.hear(event, view)
        return undefined
      },
      changed: (change) => {
        const run = concluded(change)
        const code = run === undefined ? undefined : lives.codes.get(run.token)
        if (run === undefined || code === undefined || lives.results.has(run.token) || code === run.exit_code)
          return undefined
        return {
          text: `run ${run.id} ended with ${run.exit_code}, though the engine says ${code} and its container wrote nothing`,
          about: [...about(run.job_id), `run:${run.id}`],
        }
      },
    }
  },
}

const oneActor: Invariant = {
  name: 'FBI-3',
  kind: 'safety',
  story: 'whoever acts for a run is the actor of the run that has this id now',
  begin: (view) => ({
    changed: ({ table, id, after }) => {
      if (table !== 'runs' || after === undefined) return undefined
      for (const [life, registry] of registriesOf(view)) {
        if (!view.isUp(life)) continue
        for (const { fence, token, id: job } of registry.claims)
          if (fence === id && token !== after.token)
            return {
              text: `${life} still has an actor of an earlier run ${id}, whose id is that of another run now`,
              about: [...about(job), `run:${id}`],
            }
      }
      return undefined
    },
  }),
}

const prepared: Invariant = {
  name: 'FBI-4',
  kind: 'safety',
  story: 'when the place of a run is prepared, no other container lives there and nothing is mounted',
  begin: (view) => ({
    happened: (event) => {
      if (event.kind !== 'directoryMade') return undefined
      const run = Number(event.path.split('/')[0])
      const row = view.row('runs', run)
      if (row === undefined) return undefined
      const isMounted = view.profile.mounts.startsWith('own')
      const other = view
        .containers()
        .find(
          (container) =>
            tokenOf(container) !== row.token &&
            (isMounted || container.state === 'running') &&
            container.spec.binds.some(({ source }) => source.startsWith(`${RUNS}/${run}/`)),
        )
      if (other === undefined) return undefined
      return {
        text: `the place of run ${run} was prepared while container ${other.spec.name} of an earlier one was ${other.state}`,
        about: [...about(Number(row.job_id)), `run:${run}`],
      }
    },
  }),
}

const clean: Invariant = {
  name: 'FBI-5',
  kind: 'safety',
  story: 'a container starts without the signals of an earlier run, and with the mount of its job as it was',
  begin: (view) => {
    const mounts = new Map<string, number>()
    return {
      happened: (event) => {
        if (event.kind !== 'containerStarted') return undefined
        const container = view.containers().find(({ id }) => id === event.id)!
        noteStale(view, tokenOf(container))
        const [state, mount] = container.spec.binds
        if (state === undefined || mount === undefined) return undefined
        const where = [`container:${container.id}`]
        for (const name of SIGNALS) {
          const content = view.files.read(`${state.source}/${name}`)
          if (typeof content !== 'string' && content.writer !== container.id)
            return {
              text: `container ${container.spec.name} starts, and ${name} of an earlier run is there`,
              about: where,
            }
        }
        const stat = view.files.stat(mount.source)
        const generation = typeof stat === 'string' ? 0 : stat.generation
        const before = mounts.get(mount.source)
        mounts.set(mount.source, generation)
        return before === undefined || before === generation
          ? undefined
          : { text: `container ${container.spec.name} starts, and what its job had kept is gone`, about: where }
      },
    }
  },
}

/** Did an earlier run of the same job leave what would be taken for this one's, if places were used again? */
function noteStale(view: View, token: string): void {
  const runs = [...view.rows('runs')].map(([, row]) => row as unknown as RunRow)
  const own = runs.find((run) => run.token === token)
  const isStale = ({ id, job_id, token: earlier }: RunRow) =>
    job_id === own?.job_id &&
    earlier !== token &&
    typeof view.files.stat(`${RUNS}/${statePlace({ fence: id as RunId, token: earlier })}/${RESULT}`) !== 'string'
  if (runs.some(isStale)) view.reached('a stale result.json is there')
}

const terminal: Invariant = {
  name: 'FBI-7',
  kind: 'safety',
  story: 'what is finished is never written again',
  begin: () => ({
    changed: (change) => {
      const { table, id, before, after, by } = change
      if (before === undefined || after === undefined) return undefined
      const isOver = table === 'jobs' ? isFinal(String(before.status)) : table === 'runs' && before.phase === 'finished'
      if (!isOver) return undefined
      const job = table === 'jobs' ? id : Number(before.job_id)
      return { text: `${by} wrote ${table === 'jobs' ? 'job' : 'run'} ${id}, which was finished`, about: about(job) }
    },
  }),
}

const cancelled: Invariant = {
  name: 'FBI-8',
  kind: 'safety',
  story: 'a job whose cancel was accepted never succeeds',
  begin: (view) => ({
    changed: (change) => {
      const job = jobChange(change)
      if (job === undefined) return undefined
      if (job.after === undefined) accepted(view).delete(job.id)
      if (job.after?.status !== 'done' || job.before?.status === 'done' || !accepted(view).has(job.id)) return undefined
      return { text: `${job.by} made job ${job.id} done, though its cancel had been accepted`, about: about(job.id) }
    },
  }),
}

export const runIds: readonly Invariant[] = [
  provenance,
  oneActor,
  prepared,
  clean,
  engineSays,
  terminal,
  cancelled,
  ...containerLiveness,
]
