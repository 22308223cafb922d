/** What must come to an end in bounded time, of runs in containers. Judged in the calm phase. */
import type { Finding, Invariant, View } from '../../explore/index.ts'
import { tokenOf } from './agents.ts'
import { listening } from './listening.ts'
import { about, jobsOf, optionsOf, type RunRow, takeOverMs } from './rows.ts'
import { registriesOf } from './watched.ts'

/** What was published. */
const CANCELLED_MS = 30_000
/** A container that is ended, removed, and looked after: some rounds. */
const REMOVED_MS = 30_000

/** Something that may be so for a while. */
interface Lasting {
  readonly key: string
  readonly boundMs: number
  readonly text: (seconds: number) => string
  readonly about: readonly string[]
}

function bounded(name: string, story: string, lasting: (view: View) => Iterable<Lasting>): Invariant {
  return {
    name,
    kind: 'liveness',
    story,
    begin: (view) => {
      let since = new Map<string, number>()
      return {
        stepped: () => {
          const still = new Map<string, number>()
          let found: Finding | undefined
          for (const { key, boundMs, text, about } of lasting(view)) {
            const start = since.get(key) ?? view.nowUs
            still.set(key, start)
            if (view.nowUs - start > boundMs * 1000)
              found ??= { text: text(Math.round((view.nowUs - start) / 1e6)), about }
          }
          since = still
          return found
        },
      }
    },
  }
}

function* runsOf(view: View): Iterable<RunRow> {
  for (const [, row] of view.rows('runs')) yield row as unknown as RunRow
}

const cancels = bounded('FBI-9', 'an accepted cancel ends its job in bounded time', function* (view) {
  const boundMs = CANCELLED_MS + takeOverMs(optionsOf(view))
  for (const { id, image, status, cancel_requested_at } of jobsOf(view))
    if (image !== null && status === 'running' && cancel_requested_at !== null)
      yield {
        key: String(id),
        boundMs,
        text: (seconds) => `job ${id} is running ${seconds} s after its cancel was accepted`,
        about: about(id),
      }
})

const waits = bounded(
  'FBI-10',
  'a run waits no longer than for its listeners, and for them no longer than may be; then its container is gone',
  function* (view) {
    const options = optionsOf(view)
    const boundMs = REMOVED_MS + takeOverMs(options)
    const containers = new Set(view.containers().map(tokenOf))
    for (const { id, job_id, phase, token } of runsOf(view)) {
      const where = [...about(job_id), `run:${id}`]
      if (phase === 'waiting') {
        const text = (seconds: number) => `run ${id} has been waiting for ${seconds} s`
        yield { key: `${id} waits`, boundMs: boundMs + options.keepaliveMs, text, about: where }
        if (!listening(view).isLookedAt(job_id))
          yield {
            key: `${id} waits for nobody`,
            boundMs,
            text: (s) => `${text(s)}, and nobody looks at it`,
            about: where,
          }
      }
      if (phase === 'finished' && containers.has(token))
        yield {
          key: `${id} is kept`,
          boundMs,
          text: (seconds) => `run ${id} is finished, and its container still there after ${seconds} s`,
          about: where,
        }
    }
  },
)

const deletions = bounded(
  'FBI-12',
  'of a job that is deleted, actor and container are gone in bounded time',
  function* (view) {
    const boundMs = REMOVED_MS + takeOverMs(optionsOf(view))
    const known = new Map([...runsOf(view)].map((run) => [run.token, run]))
    const isDeleted = (token: string) => {
      const run = known.get(token)
      return run === undefined || view.row('deletions', run.job_id) !== undefined
    }
    for (const container of view.containers()) {
      const token = tokenOf(container)
      if (token !== '' && isDeleted(token))
        yield {
          key: token,
          boundMs,
          text: (seconds) =>
            `container ${container.spec.name} is ${container.state} ${seconds} s after its job was deleted`,
          about: [`container:${container.id}`],
        }
    }
    for (const [life, registry] of registriesOf(view)) {
      if (!view.isUp(life)) continue
      for (const { token, id } of registry.claims)
        if (isDeleted(token))
          yield {
            key: `${life} ${token}`,
            boundMs,
            text: (seconds) => `${life} still has an actor of job ${id}, ${seconds} s after that was deleted`,
            about: about(id),
          }
    }
  },
)

const actors = bounded('ACTOR', 'every job that runs under a living server has its actor there', function* (view) {
  const boundMs = takeOverMs(optionsOf(view))
  for (const { id, fence, life_id, status } of jobsOf(view)) {
    if (status !== 'running' || fence === null || life_id === null) continue
    const life = view.row('lives', life_id)
    if (life === undefined || life.ended_at !== null) continue
    const server = view.lifeAt(String(life.pid_namespace), Number(life.pid), Number(life.start_time))
    if (server === undefined) continue
    const registry = registriesOf(view).get(server.name)
    if (registry?.claims.some((claim) => claim.fence === fence)) continue
    yield {
      key: `${id}/${fence}`,
      boundMs,
      text: (seconds) => `job ${id} runs under ${server.name}, which has had no actor for it for ${seconds} s`,
      about: about(id),
    }
  }
})

export const containerLiveness: readonly Invariant[] = [cancels, waits, deletions, actors]
